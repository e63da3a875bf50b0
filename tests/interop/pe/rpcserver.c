/* rpcserver negotiate|ntlm
 * The other end of rpcclient: a server of rpcrt4's over TCP, whose one procedure (SamrConnect's number and answer)
 * lets everybody in who gets so far. Writes "PORT n", and serves until its input ends.
 */
#include "lib/peer.h"
#include <rpc.h>
#include <rpcndr.h>
#include <stdio.h>

enum { ANSWER_SIZE = 24, CALLS_MOST = 4 };

static void __RPC_STUB connect_anybody(PRPC_MESSAGE m)
{
    m->BufferLength = ANSWER_SIZE;
    if (I_RpcGetBuffer(m))
        RpcRaiseException(RPC_S_OUT_OF_MEMORY);
    memset(m->Buffer, 0, ANSWER_SIZE);
}

static RPC_DISPATCH_FUNCTION functions[] = {connect_anybody};
static RPC_DISPATCH_TABLE table = {ARRAYSIZE(functions), functions, 0};

/* As rpcclient's. */
static RPC_SERVER_INTERFACE samr = {sizeof samr,
        {{0x12345778, 0x1234, 0xabcd, {0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac}}, {1, 0}},
        {{0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}}, {2, 0}},
        &table, 0, NULL, NULL, NULL, 0};

static void good(const char *what, RPC_STATUS s)
{
    if (s)
        fail(what, (ULONG)s);
}

/* rpcrt4 takes no 0 for a free one. */
static void listen_somewhere(void)
{
    WCHAR text[8];
    for (unsigned port = 20000 + GetCurrentProcessId() * 37 % 20000, tries = 0; tries < 50; port++, tries++) {
        wsprintfW(text, L"%u", port);
        if (RpcServerUseProtseqEpW((unsigned short *)L"ncacn_ip_tcp", CALLS_MOST, (unsigned short *)text, NULL))
            continue;
        good("RpcServerListen", RpcServerListen(1, CALLS_MOST, TRUE));
        printf("PORT %u\n", port);
        fflush(stdout);
        return;
    }
    fail("no port", 0);
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    ULONG package = argc > 1 && !wcscmp(argv[1], L"ntlm") ? RPC_C_AUTHN_WINNT : RPC_C_AUTHN_GSS_NEGOTIATE;

    good("RpcServerRegisterIf", RpcServerRegisterIf(&samr, NULL, NULL));
    good("RpcServerRegisterAuthInfo", RpcServerRegisterAuthInfoW(NULL, package, NULL, NULL));
    listen_somewhere();
    while (getchar() != EOF)
        ;
    return 0;
}
