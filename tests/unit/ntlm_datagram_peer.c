/* Datagram logins and their signatures, recorded with gss-ntlmssp both ways
 * (tests/interop/record_datagram.py), which refuses them altered: libs/ntlm does its half again in
 * the same still world. [MS-NLMP] 3.1.5.2, 3.2.5.2, 3.4.4 */
#include "ntlm_pair.h"
#include "ntlm_datagram_recorded.h"

static uint8_t pool[1 << 14];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

static uint8_t recorded_nt_hash[16];

static enum status still_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(0x20 + size + i); /* as record_ntlm.py's */
    return ST_OK;
}

static uint64_t still_now(void *self)
{
    (void)self;
    return DATAGRAM_NOW;
}

static enum status recorded_authenticate(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    (void)self;
    CHECK_BYTES(logon->user, hex(DATAGRAM_USER));
    CHECK_BYTES(logon->domain, hex(DATAGRAM_DOMAIN));
    return ntlm_check_logon(logon, recorded_nt_hash, true, session_base_key);
}

struct row {
    uint32_t number;
    const char *theirs, *ours;
};
static const struct row client_rows[] = {
        {7, DATAGRAM_CLIENT_PEER_SIGNED_0, DATAGRAM_CLIENT_OUR_SIGNED_0},
        {0x01020304, DATAGRAM_CLIENT_PEER_SIGNED_1, DATAGRAM_CLIENT_OUR_SIGNED_1},
        {0, DATAGRAM_CLIENT_PEER_SIGNED_2, DATAGRAM_CLIENT_OUR_SIGNED_2},
        {7, DATAGRAM_CLIENT_PEER_SIGNED_3, DATAGRAM_CLIENT_OUR_SIGNED_3},
};
static const struct row server_rows[] = {
        {7, DATAGRAM_SERVER_PEER_SIGNED_0, DATAGRAM_SERVER_OUR_SIGNED_0},
        {0x01020304, DATAGRAM_SERVER_PEER_SIGNED_1, DATAGRAM_SERVER_OUR_SIGNED_1},
        {0, DATAGRAM_SERVER_PEER_SIGNED_2, DATAGRAM_SERVER_OUR_SIGNED_2},
        {7, DATAGRAM_SERVER_PEER_SIGNED_3, DATAGRAM_SERVER_OUR_SIGNED_3},
};
enum { ROWS = sizeof(client_rows) / sizeof(client_rows[0]) };

/* A text with its number in it; in one static place. */
static struct ntlm_part say(unsigned i, const char *whose)
{
    static char line[64];
    size_t size = (size_t)snprintf(line, sizeof(line), "message %u of %s", i, whose);

    return (struct ntlm_part){(uint8_t *)line, size, false};
}

static void recorded_messages(struct ntlm_context *c, const struct row *row)
{
    uint8_t signature[16];
    struct ntlm_part part;

    for (unsigned i = 0; i < ROWS; i++, row++) {
        part = say(i, "the peer");
        ntlm_number_message(c, false, row->number + 1); /* not that one */
        CHECK_STATUS(ntlm_verify(c, &part, 1, hex(row->theirs)), ST_OUT_OF_SEQUENCE);
        ntlm_number_message(c, false, row->number);
        CHECK_STATUS(ntlm_verify(c, &part, 1, hex(row->theirs)), ST_OK);
        part = say(i, "ours");
        ntlm_number_message(c, true, row->number);
        CHECK_STATUS(ntlm_sign(c, &part, 1, signature), ST_OK);
        CHECK_BYTES(bytes_of(signature, 16), hex(row->ours));
    }
}

static void recorded_session(
        struct ntlm_context *c, const char *session_key, const struct row *rows)
{
    struct ntlm_info info;

    ntlm_query(c, &info);
    CHECK(info.complete && info.flags & NTLMSSP_NEGOTIATE_DATAGRAM);
    if (!info.complete)
        return;
    CHECK_BYTES(bytes_of(info.session_key, 16), hex(session_key));
    recorded_messages(c, rows);
}

static const struct world still_world = {NULL, still_random, still_now};

static void recorded_client(void)
{
    struct ntlm_server_config config = {.nb_computer = U("SRV"),
            .nb_domain = U("DOM"),
            .dns_computer = U("srv.dom.example"),
            .dns_domain = U("dom.example"),
            .authenticate = recorded_authenticate,
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL | NTLM_WISH_DATAGRAM,
            .world = still_world};
    struct ntlm_context *c;
    struct blob out = {0};

    CHECK_STATUS(ntlm_server_new(&config, &c), ST_OK);
    CHECK_STATUS(ntlm_step(c, bytes_of(NULL, 0), &out), ST_CONTINUE);
    CHECK_BYTES(blob_view(&out), hex(DATAGRAM_CLIENT_CHALLENGE));
    CHECK_STATUS(ntlm_step(c, hex(DATAGRAM_CLIENT_AUTHENTICATE), &out), ST_OK);
    recorded_session(c, DATAGRAM_CLIENT_SESSION_KEY, client_rows);
    ntlm_free(c);
    blob_free(&out);
}

static void recorded_server(void)
{
    struct ntlm_client_config config = {.user = hex(DATAGRAM_USER),
            .domain = hex(DATAGRAM_DOMAIN),
            .workstation = U("WS"),
            .nt_hash = recorded_nt_hash,
            .target_name = U("TERMSRV/srv.dom.example"),
            .wishes = NTLM_WISH_SIGN | NTLM_WISH_SEAL | NTLM_WISH_DATAGRAM,
            .world = still_world};
    struct ntlm_context *c;
    struct blob out = {0};

    CHECK_STATUS(ntlm_client_new(&config, &c), ST_OK);
    CHECK_STATUS(ntlm_step(c, bytes_of(NULL, 0), &out), ST_CONTINUE);
    CHECK(!out.size);
    CHECK_STATUS(ntlm_step(c, hex(DATAGRAM_SERVER_CHALLENGE), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), hex(DATAGRAM_SERVER_AUTHENTICATE)); /* with the MIC it verified */
    CHECK(ntlm_mic_used(c));
    recorded_session(c, DATAGRAM_SERVER_SESSION_KEY, server_rows);
    ntlm_free(c);
    blob_free(&out);
}

int main(void)
{
    ntlm_nt_hash(hex(DATAGRAM_PASSWORD), recorded_nt_hash);
    recorded_client();
    recorded_server();
    return unit_end("ntlm_datagram_peer");
}
