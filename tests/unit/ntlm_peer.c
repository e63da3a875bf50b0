/* Logins recorded with pyspnego, both ways, and of curl (ntlm_recorded.h says which versions):
 * libs/ntlm does its half again in the same still world. Its own tokens must come out as the peer
 * accepted them. */
#include "unit.h"
#include "ntlm/ntlm.h"
#include "ntlm_recorded.h"

static uint8_t pool[1 << 16];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

static uint8_t nt_hash[16], bindings_hash[16];

/* As record_ntlm.py's. */
static enum status still_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(0x20 + size + i);
    return ST_OK;
}

static uint64_t still_now(void *self)
{
    (void)self;
    return PEER_NOW;
}

static const struct world world = {NULL, still_random, still_now};

/* SELF: is it curl's account? */
static enum status check_logon(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    CHECK_BYTES(logon->user, hex(self ? CURL_USER : PEER_USER));
    CHECK_BYTES(logon->domain, hex(self ? CURL_DOMAIN : PEER_DOMAIN));
    return ntlm_check_logon(logon, nt_hash, true, session_base_key);
}

static void unseal(struct ntlm_context *c, const char *message, const char *want)
{
    struct bytes sealed = hex(message);
    uint8_t data[64];
    struct ntlm_part part = {data, sealed.size - 16, true};

    memcpy(data, sealed.data + 16, part.size);
    CHECK_STATUS(ntlm_unseal(c, &part, 1, bytes_of(sealed.data, 16)), ST_OK);
    CHECK_BYTES(bytes_of(data, part.size), bytes_of(want, strlen(want)));
}

static void seal(struct ntlm_context *c, const char *text, const char *message)
{
    struct bytes want = hex(message);
    uint8_t data[64], signature[16];
    struct ntlm_part part = {data, strlen(text), true};

    memcpy(data, text, part.size);
    CHECK_STATUS(ntlm_seal(c, &part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(signature, 16), bytes_of(want.data, 16));
    CHECK_BYTES(bytes_of(data, part.size), bytes_of(want.data + 16, want.size - 16));
}

static void sign_both(struct ntlm_context *c, const char *theirs, const char *ours)
{
    uint8_t text[] = "signed by the peer", own[] = "signed by us", signature[16];
    struct ntlm_part part = {text, sizeof(text) - 1, false},
                     own_part = {own, sizeof(own) - 1, false};

    CHECK_STATUS(ntlm_verify(c, &part, 1, hex(theirs)), ST_OK);
    CHECK_STATUS(ntlm_sign(c, &own_part, 1, signature), ST_OK);
    CHECK_BYTES(bytes_of(signature, 16), hex(ours));
}

static void key_is(const struct ntlm_context *c, const char *want)
{
    struct ntlm_info info;

    ntlm_query(c, &info);
    CHECK(info.complete && ntlm_mic_used(c));
    if (info.complete)
        CHECK_BYTES(bytes_of(info.session_key, 16), hex(want));
}

static struct ntlm_context *server_new(uint32_t wishes, bool curl)
{
    struct ntlm_server_config config = {.nb_computer = hex("530052005600"),
            .nb_domain = hex("44004f004d00"),
            .dns_computer = hex("7300720076002e0064006f006d002e006500780061006d0070006c006500"),
            .dns_domain = hex("64006f006d002e006500780061006d0070006c006500"),
            .authenticate = check_logon,
            .authenticate_self = curl ? &pool_used : NULL,
            .bindings_hash = curl ? NULL : bindings_hash,
            .bindings_policy = NTLM_BINDINGS_REQUIRE,
            .wishes = wishes,
            .world = world};
    struct ntlm_context *c;

    CHECK_STATUS(ntlm_server_new(&config, &c), ST_OK);
    return c;
}

static void their_client(void)
{
    struct ntlm_context *c = server_new(NTLM_WISH_SIGN | NTLM_WISH_SEAL, false);
    struct blob out = {0};

    CHECK_STATUS(ntlm_step(c, hex(THEIR_CLIENT_NEGOTIATE), &out), ST_CONTINUE);
    CHECK_BYTES(blob_view(&out), hex(THEIR_CLIENT_CHALLENGE));
    CHECK_STATUS(ntlm_step(c, hex(THEIR_CLIENT_AUTHENTICATE), &out), ST_OK);
    key_is(c, THEIR_CLIENT_SESSION_KEY);
    unseal(c, THEIR_CLIENT_PEER_SEALED_1, "message 1 of the peer");
    seal(c, "message 1 of the server", THEIR_CLIENT_OUR_SEALED_1);
    unseal(c, THEIR_CLIENT_PEER_SEALED_2, "message 2 of the peer");
    seal(c, "message 2 of the server", THEIR_CLIENT_OUR_SEALED_2);
    sign_both(c, THEIR_CLIENT_PEER_SIGNED, THEIR_CLIENT_OUR_SIGNED);
    ntlm_free(c);
    blob_free(&out);
}

static void their_server(void)
{
    struct ntlm_client_config config = {.user = hex(PEER_USER),
            .domain = hex(PEER_DOMAIN),
            .workstation = hex("57005300"),
            .nt_hash = nt_hash,
            .target_name = hex("5400450052004d005300520056002f00"
                               "7300720076002e0064006f006d002e006500780061006d0070006c006500"),
            .bindings_hash = bindings_hash,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL,
            .world = world};
    struct ntlm_context *c;
    struct blob out = {0};

    CHECK_STATUS(ntlm_client_new(&config, &c), ST_OK);
    CHECK_STATUS(ntlm_step(c, bytes_of(NULL, 0), &out), ST_CONTINUE);
    CHECK_BYTES(blob_view(&out), hex(THEIR_SERVER_NEGOTIATE));
    CHECK_STATUS(ntlm_step(c, hex(THEIR_SERVER_CHALLENGE), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), hex(THEIR_SERVER_AUTHENTICATE));
    key_is(c, THEIR_SERVER_SESSION_KEY);
    unseal(c, THEIR_SERVER_PEER_SEALED_1, "message 1 of the peer");
    seal(c, "message 1 of the client", THEIR_SERVER_OUR_SEALED_1);
    unseal(c, THEIR_SERVER_PEER_SEALED_2, "message 2 of the peer");
    seal(c, "message 2 of the client", THEIR_SERVER_OUR_SEALED_2);
    sign_both(c, THEIR_SERVER_PEER_SIGNED, THEIR_SERVER_OUR_SIGNED);
    ntlm_free(c);
    blob_free(&out);
}

/* OEM names, 64-byte header, neither version nor MIC, no session security. */
static void curl(void)
{
    struct ntlm_context *c = server_new(0, true);
    struct ntlm_info info;
    struct blob out = {0};

    ntlm_nt_hash(hex(CURL_PASSWORD), nt_hash);
    CHECK_STATUS(ntlm_step(c, hex(CURL_NEGOTIATE), &out), ST_CONTINUE);
    CHECK_BYTES(blob_view(&out), hex(CURL_CHALLENGE));
    CHECK_STATUS(ntlm_step(c, hex(CURL_AUTHENTICATE), &out), ST_OK);
    ntlm_query(c, &info);
    CHECK(info.complete && !info.anonymous && !ntlm_mic_used(c));
    CHECK_BYTES(info.user, hex(CURL_USER));
    CHECK_BYTES(info.domain, hex(CURL_DOMAIN));
    CHECK_BYTES(bytes_of(info.session_key, 16), hex(CURL_SESSION_KEY));
    ntlm_free(c);
    blob_free(&out);
}

int main(void)
{
    ntlm_nt_hash(hex(PEER_PASSWORD), nt_hash);
    ntlm_channel_bindings_hash(hex(PEER_BINDINGS), bindings_hash);
    their_client();
    their_server();
    curl();
    return unit_end("ntlm_peer");
}
