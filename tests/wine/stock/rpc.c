/* rpcrt4 as a client over TCP with NTLM at each level of authentication, over Wine's builtin
 * secur32. The server is tests/wine/rpc_peer.py (pyspnego and impacket), on the port that
 * STOCK_RPC_PORT names: Wine's rpcrt4 as a server cuts the last 8 bytes off each AUTHENTICATE (8.0
 * and 10.0). The interface has one procedure, which turns the bytes of its argument round. */
#include "../../win/accounts.h"
#include <rpc.h>
#include <rpcndr.h>

static const GUID interface_id = {
        0x7d3f5a10, 0x6b1e, 0x4c5e, {0x9a, 0x41, 0x0c, 0x55, 0xd1, 0x2b, 0x7e, 0x90}};
#define VERSION 1, 0
/* NDR, version 2: [C706] appendix N */
#define NDR                                                                                        \
    {                                                                                              \
        {0x8a885d04, 0x1ceb, 0x11c9, {0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60}},            \
        {                                                                                          \
            2, 0                                                                                   \
        }                                                                                          \
    }
static RPC_CLIENT_INTERFACE called = {
        sizeof(called), {{0}, {VERSION}}, NDR, NULL, 0, NULL, 0, NULL, 0};

static RPC_BINDING_HANDLE bind_as(const char *port, const WCHAR *password, ULONG level)
{
    unsigned char *text;
    RPC_BINDING_HANDLE binding = NULL;
    union identity id;
    RPC_STATUS status;

    RpcStringBindingComposeA(NULL, (unsigned char *)"ncacn_ip_tcp", (unsigned char *)"127.0.0.1",
            (unsigned char *)port, NULL, &text);
    status = RpcBindingFromStringBindingA(text, &binding);
    ok(!status, "binding %ld\n", status);
    status = RpcBindingSetAuthInfoW(binding, NULL, level, RPC_C_AUTHN_WINNT,
            make_identity(&id, FORM_PLAIN, L"alice", L"WONDERLAND", password), RPC_C_AUTHZ_NONE);
    ok(!status, "auth info %ld\n", status);
    RpcStringFreeA(&text);
    return binding;
}

/* One call with SIZE bytes; what I_RpcSendReceive says. */
static RPC_STATUS call(RPC_BINDING_HANDLE binding, ULONG size)
{
    RPC_MESSAGE m = {.Handle = binding, .RpcInterfaceInformation = &called, .BufferLength = size};
    RPC_STATUS status;
    ULONG i, wrong = 0;

    m.DataRepresentation = 0x10;
    status = I_RpcGetBuffer(&m);
    if (status)
        return status;
    for (i = 0; i < size; i++)
        ((BYTE *)m.Buffer)[i] = (BYTE)(i * 7);
    status = I_RpcSendReceive(&m);
    if (status)
        return status;
    for (i = 0; i < size && i < m.BufferLength; i++)
        wrong += ((BYTE *)m.Buffer)[i] != (BYTE)((size - 1 - i) * 7);
    ok(m.BufferLength >= size && !wrong, "%lu of %lu bytes, %lu wrong\n", m.BufferLength, size,
            wrong);
    I_RpcFreeBuffer(&m);
    return 0;
}

static void test_level(const char *port, ULONG level)
{
    static const ULONG sizes[] = {4, 1, 16, 599};
    RPC_BINDING_HANDLE binding;
    ULONG i;

    winetest_push_context("level %lu", level);
    /* First: Wine's rpcrt4 uses a connection of the same user again, whatever the password. */
    binding = bind_as(port, L"wonder-land1", level);
    ok(call(binding, 4), "a wrong password gets through\n");
    RpcBindingFree(&binding);
    binding = bind_as(port, L"Wonder-Land1", level);
    for (i = 0; i < ARRAY_SIZE(sizes); i++) {
        RPC_STATUS status = call(binding, sizes[i]);
        ok(!status, "%lu bytes: %ld\n", sizes[i], status);
    }
    RpcBindingFree(&binding);
    winetest_pop_context();
}

START_TEST(rpc)
{
    char port[40] = "";

    GetEnvironmentVariableA("STOCK_RPC_PORT", port, sizeof(port));
    if (!*port) {
        skip("no server: STOCK_RPC_PORT is not set\n");
        return;
    }
    called.InterfaceId.SyntaxGUID = interface_id;
    test_level(port, RPC_C_AUTHN_LEVEL_CONNECT);
    test_level(port, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY);
    test_level(port, RPC_C_AUTHN_LEVEL_PKT_PRIVACY);
}
