/* libs/credssp/keybinding and errorcode. Hashes: Python's hashlib by the formula of
 * [MS-CSSP] 3.1.5, and what pyspnego's two ends sealed for the key of a real certificate
 * (tests/interop/record_credssp.py). */
#include "credssp/keybinding.h"

#include "credssp/credssp.h"
#include "credssp/errorcode.h"
#include "credssp_vectors.h"
#include "unit.h"

static uint8_t space[4][4096];

static struct bytes unhex(int i, const char *hex)
{
    return unit_unhex(hex, space[i], sizeof space[i]);
}

static void check_hash(
        const char *nonce_hex, const char *key_hex, const char *client_hex, const char *server_hex)
{
    struct blob out = {0};
    struct bytes nonce = unhex(0, nonce_hex), key = unhex(1, key_hex);
    for (uint32_t version = 5; version <= 6; version++) {
        CHECK_STATUS(
                keybinding_make(version, KEYBINDING_CLIENT_TO_SERVER, nonce, key, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), unhex(2, client_hex));
        CHECK_STATUS(
                keybinding_make(version, KEYBINDING_SERVER_TO_CLIENT, nonce, key, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), unhex(2, server_hex));
    }
    blob_free(&out);
}

static void test_hashes(void)
{
    check_hash(made_nonce, made_key, made_client_binding, made_server_binding);
    check_hash(spnego_requests_nonce, spnego_requests_key, spnego_requests_client_binding,
            spnego_requests_server_binding);
    check_hash(ntlm_requests_nonce, ntlm_requests_key, ntlm_requests_client_binding,
            ntlm_requests_server_binding);
}

/* The key itself; back with 1 added to its first byte, without a carry. */
static void test_plain(void)
{
    struct blob out = {0};
    struct bytes none = {0};
    for (uint32_t version = 2; version <= 4; version++) {
        struct bytes key = unhex(0, "300a0203c1c2c3020301ffff");
        CHECK_STATUS(keybinding_make(version, KEYBINDING_CLIENT_TO_SERVER, none, key, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), key);
        CHECK_STATUS(keybinding_make(version, KEYBINDING_SERVER_TO_CLIENT, none, key, &out), ST_OK);
        CHECK_BYTES(blob_view(&out), unhex(1, "310a0203c1c2c3020301ffff"));
        CHECK_STATUS(
                keybinding_make(version, KEYBINDING_SERVER_TO_CLIENT, none, unhex(0, "ff01"), &out),
                ST_OK);
        CHECK_BYTES(blob_view(&out), unhex(1, "0001"));
    }
    blob_free(&out);
}

static void test_refused(void)
{
    struct blob out = {0};
    struct bytes none = {0}, nonce = unhex(0, made_nonce), key = unhex(1, made_key);
    struct bytes half = bytes_of(nonce.data, 16);
    for (uint32_t version = 2; version <= 6; version++)
        CHECK_STATUS(keybinding_make(version, KEYBINDING_CLIENT_TO_SERVER, nonce, none, &out),
                ST_BAD_ARGUMENT);
    CHECK_STATUS(keybinding_make(5, KEYBINDING_CLIENT_TO_SERVER, none, key, &out), ST_BAD_ARGUMENT);
    CHECK_STATUS(keybinding_make(6, KEYBINDING_CLIENT_TO_SERVER, half, key, &out), ST_BAD_ARGUMENT);
    mem_fail_after(0);
    CHECK_STATUS(keybinding_make(6, KEYBINDING_CLIENT_TO_SERVER, nonce, key, &out), ST_NO_MEMORY);
    mem_fail_after(0);
    CHECK_STATUS(keybinding_make(2, KEYBINDING_SERVER_TO_CLIENT, nonce, key, &out), ST_NO_MEMORY);
    mem_fail_after(-1);
    CHECK(!out.data);
}

/* [MS-ERREF] 2.3.1 */
static void test_error_codes(void)
{
    CHECK(credssp_error_of(ST_LOGON_DENIED) == 0xC000006D);
    CHECK(credssp_error_of(ST_BAD_KEY_BINDING) == 0xC000006D);
    CHECK(credssp_error_of(ST_NO_AUTHORITY) == 0xC000005E);
    CHECK(credssp_error_of(ST_BAD_TOKEN) == 0xC000000D);
    CHECK(credssp_error_of(ST_NO_MEMORY) == 0xC0000017);
    CHECK(credssp_error_of(ST_INTERNAL) == 0xC00000E5);
    CHECK(!strcmp(errorcode_name(0xC000006D), "STATUS_LOGON_FAILURE"));
    CHECK(!strcmp(errorcode_name(0xC0000234), "STATUS_ACCOUNT_LOCKED_OUT"));
    CHECK(!strcmp(errorcode_name(0x8009030C), "SEC_E_LOGON_DENIED"));
    CHECK(errorcode_name(1)[0]);
    static const bool has[] = {false, false, false, true, true, false, true};
    for (uint32_t v = 0; v < sizeof has; v++)
        CHECK(errorcode_allowed(v) == has[v]);
}

int main(void)
{
    test_hashes();
    test_plain();
    test_refused();
    test_error_codes();
    return unit_end("credssp_keybinding");
}
