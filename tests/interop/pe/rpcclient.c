/* rpcclient HOST PORT negotiate|ntlm|kerberos none|connect|sign|seal [user= domain= password= spn=]
 * Opens the account manager of a domain controller over TCP as programs of a prefix do, through Wine's
 * rpcrt4 and whatever secur32 there is: SamrConnect, [MS-SAMR] 3.1.5.1.4, whose arguments are a NULL
 * server name and an access mask and whose answer is a context handle and an NTSTATUS, three times, so
 * that sequence numbers move. Writes "connected" and gives exit code 0, or "refused n" (an RPC status) and
 * 1. The port has to be given: RpcEpResolveBinding of Wine 8.0 gives up with Samba (1783).
 */
#include "lib/peer.h"
#include <rpc.h>
#include <rpcndr.h>
#include <stdio.h>

enum { MAXIMUM_ALLOWED_BITS = 0x02000000, HANDLE_SIZE = 20, CALLS = 3, SAMR_CONNECT = 0 };

/* [MS-SAMR] 1.9; NDR, version 2: [C706] appendix N. */
static RPC_CLIENT_INTERFACE samr = {sizeof samr,
        {{0x12345778, 0x1234, 0xabcd, {0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac}}, {1, 0}},
        {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}},
        NULL, 0, NULL, 0, NULL, 0};

static ULONG service(const WCHAR *name)
{
    return !wcscmp(name, L"ntlm")       ? RPC_C_AUTHN_WINNT
           : !wcscmp(name, L"kerberos") ? RPC_C_AUTHN_GSS_KERBEROS
                                        : RPC_C_AUTHN_GSS_NEGOTIATE;
}

static ULONG level(const WCHAR *name)
{
    return !wcscmp(name, L"connect") ? RPC_C_AUTHN_LEVEL_CONNECT
           : !wcscmp(name, L"sign")  ? RPC_C_AUTHN_LEVEL_PKT_INTEGRITY
                                     : RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
}

static RPC_STATUS log_in(RPC_BINDING_HANDLE binding, const WCHAR *how, const WCHAR *protection)
{
    static SEC_WINNT_AUTH_IDENTITY_W login; /* rpcrt4 may look at it later */
    const WCHAR *user = option(L"user", L""), *domain = option(L"domain", L"");
    const WCHAR *password = option(L"password", L"");

    login.User = (unsigned short *)user;
    login.UserLength = (ULONG)wcslen(user);
    login.Domain = (unsigned short *)domain;
    login.DomainLength = (ULONG)wcslen(domain);
    login.Password = (unsigned short *)password;
    login.PasswordLength = (ULONG)wcslen(password);
    login.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    return RpcBindingSetAuthInfoW(binding, (unsigned short *)option(L"spn", NULL),
            level(protection), service(how), *user ? &login : NULL, RPC_C_AUTHZ_NONE);
}

static RPC_STATUS connect_to(const WCHAR *host, const WCHAR *port, RPC_BINDING_HANDLE *binding)
{
    WCHAR *text = NULL;
    RPC_STATUS s = RpcStringBindingComposeW(NULL, (unsigned short *)L"ncacn_ip_tcp",
            (unsigned short *)host, (unsigned short *)port, NULL, (unsigned short **)&text);

    return s ? s : RpcBindingFromStringBindingW((unsigned short *)text, binding);
}

static RPC_STATUS samr_connect(RPC_BINDING_HANDLE binding)
{
    RPC_MESSAGE m = {.Handle = binding, .RpcInterfaceInformation = &samr, .BufferLength = 8,
            .ProcNum = SAMR_CONNECT, .DataRepresentation = 0x10};
    DWORD arguments[2] = {0, MAXIMUM_ALLOWED_BITS}, status = 0;
    RPC_STATUS s = I_RpcGetBuffer(&m);

    if (s)
        return s;
    memcpy(m.Buffer, arguments, sizeof arguments);
    if ((s = I_RpcSendReceive(&m)) != RPC_S_OK)
        return s;
    if (m.BufferLength < HANDLE_SIZE + sizeof status)
        return RPC_S_PROTOCOL_ERROR;
    memcpy(&status, (BYTE *)m.Buffer + HANDLE_SIZE, sizeof status);
    I_RpcFreeBuffer(&m);
    return (RPC_STATUS)status;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    RPC_BINDING_HANDLE binding = NULL;

    if (argc < 5)
        fail("usage: rpcclient HOST PORT negotiate|ntlm|kerberos none|connect|sign|seal [user= ...]", 0);
    arg_count = argc;
    arg_values = argv;
    RPC_STATUS s = connect_to(argv[1], argv[2], &binding);
    if (!s && wcscmp(argv[4], L"none"))
        s = log_in(binding, argv[3], argv[4]);
    for (int i = 0; !s && i < CALLS; i++)
        s = samr_connect(binding);
    printf(s ? "refused %ld\n" : "connected\n", s);
    return s != 0;
}
