/* A client and a server of Negotiate, called through its own function table. */
#include "fake.h"

const SecurityFunctionTableW *nego;

SECURITY_STATUS end_acquire(struct end *e, BOOL server, const WCHAR *package_list)
{
    SEC_WINNT_AUTH_IDENTITY_EXW id = {SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(id)};

    nego = ssp_function_table_w();
    memset(e, 0, sizeof(*e));
    e->server = server;
    e->status = SEC_I_CONTINUE_NEEDED;
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    id.User = (void *)L"alice";
    id.UserLength = 5;
    id.Password = (void *)L"secret";
    id.PasswordLength = 6;
    id.PackageList = (void *)package_list;
    id.PackageListLength = package_list ? wcslen(package_list) : 0;
    return nego->AcquireCredentialsHandleW(NULL, (WCHAR *)L"Negotiate",
            server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
            package_list || !server ? &id : NULL, NULL, NULL, &e->credential, &e->expiry);
}

SECURITY_STATUS end_leg(struct end *e, const struct end *from, ULONG request, ULONG room)
{
    static BYTE given[0x12000];
    SecBuffer in = {from ? from->size : 0, SECBUFFER_TOKEN, given};
    SecBuffer out = {room, SECBUFFER_TOKEN, e->token};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle *old = e->has ? &e->context : NULL;

    if (from)
        memcpy(given, from->token, from->size);
    if (e->server)
        e->status = nego->AcceptSecurityContext(&e->credential, old, from ? &input : NULL, request,
                SECURITY_NATIVE_DREP, &e->context, &output, &e->attributes, &e->expiry);
    else
        e->status = nego->InitializeSecurityContextW(&e->credential, old, (WCHAR *)L"HOST/fake",
                request, 0, SECURITY_NATIVE_DREP, from ? &input : NULL, 0, &e->context, &output,
                &e->attributes, &e->expiry);
    e->has |= SUCCEEDED(e->status);
    e->size = out.cbBuffer;
    return e->status;
}

int ends_run(struct end *client, struct end *server, ULONG request)
{
    int n = 0;

    while (n < 20) {
        if (client->status == SEC_I_CONTINUE_NEEDED)
            end_leg(client, n ? server : NULL, request, sizeof(client->token));
        else
            client->size = 0;
        if (FAILED(client->status) || !client->size)
            break;
        n++;
        if (server->status == SEC_I_CONTINUE_NEEDED)
            end_leg(server, client, 0, sizeof(server->token));
        else
            server->size = 0;
        if (FAILED(server->status) || !server->size)
            break;
        n++;
    }
    return n;
}

void end_close(struct end *e)
{
    if (e->has)
        ok(nego->DeleteSecurityContext(&e->context) == SEC_E_OK, "context\n");
    ok(nego->FreeCredentialsHandle(&e->credential) == SEC_E_OK, "credential\n");
}

const char *stage_of(struct end *e)
{
    static char text[4][64];
    static int next;
    SecPkgContext_NegotiationInfoW info;
    SecPkgContext_PackageInfoW package;
    SECURITY_STATUS status =
            nego->QueryContextAttributesW(&e->context, SECPKG_ATTR_NEGOTIATION_INFO, &info);
    char *out = text[next++ % 4];

    if (status != SEC_E_OK) {
        sprintf(out, "%08lx", status);
        return out;
    }
    sprintf(out, "%ls %lu", info.PackageInfo->Name, info.NegotiationState);
    status = nego->QueryContextAttributesW(&e->context, SECPKG_ATTR_PACKAGE_INFO, &package);
    ok(status == SEC_E_OK && !wcscmp(package.PackageInfo->Name, info.PackageInfo->Name), "%08lx\n",
            status);
    nego->FreeContextBuffer(package.PackageInfo);
    nego->FreeContextBuffer(info.PackageInfo);
    return out;
}

ULONG package_mask(struct end *e)
{
    SecPkgContext_NegoPackageInfo info = {STALE};
    SECURITY_STATUS status =
            nego->QueryContextAttributesW(&e->context, SECPKG_ATTR_NEGO_PKG_INFO, &info);

    ok(status == SEC_E_OK, "%08lx\n", status);
    return info.PackageMask;
}

ULONG last_status(struct end *e)
{
    SecPkgContext_NegoStatus info = {STALE};
    SECURITY_STATUS status = nego->QueryContextAttributesW(&e->context, SECPKG_ATTR_NEGO_STATUS, &info);

    ok(status == SEC_E_OK, "%08lx\n", status);
    return info.LastStatus;
}
