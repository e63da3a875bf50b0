/* The same tests through the A functions: a table whose W entries narrow what they are given and
 * call the A table. What comes back is the same where no text is in it; text attributes stay W's
 * (tests/win/msv1_0 has A tests of them). */
#include "pair.h"

static PSecurityFunctionTableA narrow_sspi;

static char *narrow(const WCHAR *text, char *out, int size)
{
    if (!text)
        return NULL;
    WideCharToMultiByte(CP_ACP, 0, text, -1, out, size, NULL, NULL);
    return out;
}

static SECURITY_STATUS WINAPI acquire_a(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *logon, void *data, SEC_GET_KEY_FN get_key, void *argument, CredHandle *credential,
        TimeStamp *expiry)
{
    char names[2][300];
    return narrow_sspi->AcquireCredentialsHandleA(narrow(principal, names[0], 300),
            narrow(package, names[1], 300), use, logon, data, get_key, argument, credential,
            expiry);
}

static SECURITY_STATUS WINAPI initialize_a(CredHandle *credential, CtxtHandle *context,
        SEC_WCHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, SecBufferDesc *in,
        ULONG reserved2, CtxtHandle *new_context, SecBufferDesc *out, ULONG *attributes,
        TimeStamp *expiry)
{
    char name[300];
    return narrow_sspi->InitializeSecurityContextA(credential, context, narrow(target, name, 300),
            request, reserved1, data_rep, in, reserved2, new_context, out, attributes, expiry);
}

static PSecurityFunctionTableW wide_sspi;

static SECURITY_STATUS WINAPI query_a(CtxtHandle *context, ULONG attribute, void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_KEY_INFO:
    case SECPKG_ATTR_PACKAGE_INFO:
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return wide_sspi->QueryContextAttributesW(context, attribute, buffer);
    }
    return narrow_sspi->QueryContextAttributesA(context, attribute, buffer);
}

static SECURITY_STATUS WINAPI set_a(
        CtxtHandle *context, ULONG attribute, void *buffer, ULONG size)
{
    return narrow_sspi->SetContextAttributesA(context, attribute, buffer, size);
}

BOOL pair_is_ansi(void)
{
    return sspi != wide_sspi;
}

/* The A table of whoever gave the W one. */
static PSecurityFunctionTableA ansi_table(void)
{
    WCHAR path[MAX_PATH];
    PSecurityFunctionTableA(WINAPI * init)(void);

    if (!GetEnvironmentVariableW(L"OPENSSPI_TEST_PROVIDER", path, ARRAY_SIZE(path)))
        return InitSecurityInterfaceA();
    init = (void *)GetProcAddress(LoadLibraryW(path), "InitSecurityInterfaceA");
    return init ? init() : NULL;
}

void pair_as_w_and_a(void (*test)(void))
{
    static SecurityFunctionTableW both;

    wide_sspi = sspi;
    test();
    narrow_sspi = ansi_table();
    ok(narrow_sspi != NULL, "no A table\n");
    if (!narrow_sspi)
        return;
    both = *sspi;
    both.AcquireCredentialsHandleW = acquire_a;
    both.InitializeSecurityContextW = initialize_a;
    both.QueryContextAttributesW = query_a;
    both.SetContextAttributesW = set_a;
    sspi = &both;
    winetest_push_context("A");
    test();
    winetest_pop_context();
    sspi = wide_sspi;
}
