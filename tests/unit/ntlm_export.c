/* Contexts as bytes and back: the session goes on where it was, in both directions; what is not
 * whole is refused. libs/ntlm/export.h; "ExportSecurityContext": RESET_NEW, "the new security
 * context is reset to its initial state". */
#include "ntlm_pair.h"
#include "ntlm/crypto.h"
#include "ntlm/export.h"

#define WEAKER                                                                                     \
    (NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56)
#define SIGN_AND_SEAL (NTLM_WISH_SIGN | NTLM_WISH_SEAL)
#define EXTRA         BYTES_LITERAL("what the edge keeps")

enum { TEXT = 40, CHECKSUM = 16, HEAD = 36, STREAM = 262 };

struct message {
    uint8_t text[TEXT], signature[16];
    struct ntlm_part part;
};

static void say(struct ntlm_context *from, struct message *m)
{
    memset(m->text, 'a', TEXT);
    m->part = (struct ntlm_part){m->text, TEXT, true};
    CHECK_STATUS(ntlm_seal(from, &m->part, 1, m->signature), ST_OK);
    CHECK(m->text[0] != 'a' || m->text[1] != 'a');
}

static enum status hear(struct ntlm_context *to, struct message *m)
{
    m->part.data = m->text;
    return ntlm_unseal(to, &m->part, 1, bytes_of(m->signature, sizeof(m->signature)));
}

static void exchange(struct ntlm_context *from, struct ntlm_context *to)
{
    struct message m;

    say(from, &m);
    CHECK_STATUS(hear(to, &m), ST_OK);
    CHECK(m.text[0] == 'a' && m.text[TEXT - 1] == 'a');
}

static void setup(struct pair *p, uint32_t wishes, enum ntlm_level level)
{
    pair_setup(p);
    p->client_config.wishes = p->server_config.wishes = wishes;
    p->client_config.level = level;
    if (level != NTLM_LEVEL_DEFAULT) {
        p->server_config.level = NTLM_LEVEL_3;
        p->client_config.weaker = p->server_config.weaker = WEAKER;
    }
    CHECK_STATUS(pair_new(p), ST_OK);
    CHECK_STATUS(pair_login(p), ST_OK);
}

/* C's place is taken by what its bytes give. */
static void move(struct ntlm_context **c, bool reset)
{
    struct blob packed = {0};
    struct ntlm_context *made = NULL;
    struct bytes extra;

    CHECK_STATUS(ntlm_export(*c, reset, EXTRA, &packed), ST_OK);
    CHECK_STATUS(ntlm_import(blob_view(&packed), &extra, &made), ST_OK);
    CHECK_BYTES(extra, EXTRA);
    blob_free(&packed);
    ntlm_free(*c);
    *c = made;
}

static void talk(struct pair *p)
{
    exchange(p->client, p->server);
    exchange(p->server, p->client);
    exchange(p->server, p->client);
}

static void goes_on(uint32_t wishes, enum ntlm_level level)
{
    struct pair p;
    struct message lost;

    setup(&p, wishes, level);
    talk(&p);
    move(&p.client, false);
    talk(&p);
    move(&p.server, false);
    talk(&p);
    move(&p.server, false); /* what was imported can be exported */
    move(&p.client, false);
    talk(&p);
    /* A number is missed after the move as before it. */
    say(p.client, &lost);
    move(&p.server, false);
    say(p.client, &lost);
    CHECK(hear(p.server, &lost) != ST_OK);
    pair_free(&p);
}

/* The old context goes on from its place, and the peer takes from either what comes next. */
static void old_stays(void)
{
    struct pair p;
    struct blob packed = {0};
    struct ntlm_context *twin = NULL;
    struct message m, same;
    struct bytes extra;

    setup(&p, SIGN_AND_SEAL, NTLM_LEVEL_DEFAULT);
    talk(&p);
    CHECK_STATUS(ntlm_export(p.client, false, EXTRA, &packed), ST_OK);
    CHECK_STATUS(ntlm_import(blob_view(&packed), &extra, &twin), ST_OK);
    say(p.client, &m);
    say(twin, &same);
    CHECK(!memcmp(m.text, same.text, TEXT) && !memcmp(m.signature, same.signature, 16));
    CHECK_STATUS(hear(p.server, &same), ST_OK);
    CHECK_STATUS(hear(p.server, &m), ST_OUT_OF_SEQUENCE);
    blob_free(&packed);
    ntlm_free(twin);
    pair_free(&p);
}

/* Sequence number and RC4 as after the login, in both directions, whatever was said before. */
static void starts_anew(enum ntlm_level level)
{
    struct pair p;
    struct message first, again;

    setup(&p, SIGN_AND_SEAL, level);
    say(p.client, &first);
    CHECK_STATUS(hear(p.server, &first), ST_OK);
    talk(&p);
    move(&p.client, true);
    memset(&again, 0, sizeof(again));
    say(p.client, &again);
    CHECK(!memcmp(again.signature, first.signature, 16));
    CHECK(hear(p.server, &again) != ST_OK); /* the server has not been reset */
    move(&p.server, true);
    move(&p.client, true);
    talk(&p);
    pair_free(&p);
}

static void facts(void)
{
    struct pair p;
    struct ntlm_info before, after[2];
    uint8_t key[16];

    setup(&p, SIGN_AND_SEAL, NTLM_LEVEL_DEFAULT);
    ntlm_query(p.client, &before);
    memcpy(key, before.session_key, 16);
    move(&p.client, false);
    move(&p.server, false);
    ntlm_query(p.client, &after[0]);
    ntlm_query(p.server, &after[1]);
    for (int i = 0; i < 2; i++) {
        CHECK(after[i].complete && !after[i].anonymous);
        CHECK_BYTES(after[i].user, U("user"));
        CHECK_BYTES(after[i].domain, U("DOM"));
        CHECK_BYTES(after[i].workstation, U("WS"));
        CHECK_BYTES(after[i].target_name, U("TERMSRV/srv.dom.example"));
        CHECK_BYTES(bytes_of(after[i].session_key, 16), bytes_of(key, 16));
    }
    CHECK_BYTES(after[0].server_name, U("SRV"));
    CHECK_BYTES(after[0].server_domain, U("DOM"));
    CHECK(ntlm_mic_used(p.client) && ntlm_mic_used(p.server));
    /* It is complete: no leg more. */
    CHECK_STATUS(ntlm_step(p.client, blob_view(&p.challenge), &p.authenticate), ST_BAD_STATE);
    pair_free(&p);
}

/* Without signing: the dummy signature, as before. */
static void unsigned_session(void)
{
    struct pair p;
    uint8_t data[4] = "abc", signature[16];
    struct ntlm_part part = {data, sizeof(data), true};

    setup(&p, 0, NTLM_LEVEL_DEFAULT);
    move(&p.client, false);
    CHECK_STATUS(ntlm_sign(p.client, &part, 1, signature), ST_OK);
    CHECK_STATUS(ntlm_verify(p.server, &part, 1, bytes_of(signature, 16)), ST_OK);
    CHECK_STATUS(ntlm_seal(p.client, &part, 1, signature), ST_UNSUPPORTED);
    pair_free(&p);
}

/* Datagram: the application numbers the messages; each number has its key. */
static void numbered(struct ntlm_context *from, struct ntlm_context *to, uint32_t number)
{
    struct message m;

    ntlm_number_message(from, true, number);
    say(from, &m);
    ntlm_number_message(to, false, number);
    CHECK_STATUS(hear(to, &m), ST_OK);
}

static void datagram(void)
{
    struct pair p;

    setup(&p, SIGN_AND_SEAL | NTLM_WISH_DATAGRAM, NTLM_LEVEL_DEFAULT);
    numbered(p.client, p.server, 3);
    move(&p.client, false);
    move(&p.server, false);
    numbered(p.client, p.server, 70000);
    numbered(p.server, p.client, 4);
    pair_free(&p);
}

static enum status let_in(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    (void)self, (void)session_base_key;
    *logon->guest = true;
    return ST_OK;
}

/* Who was let in unproven stays so, and so does what is known of where he came from. */
static void guest_and_loopback(void)
{
    static const uint8_t machine[NTLM_MACHINE_ID_SIZE] = {7};
    struct pair p;
    struct ntlm_info info;

    pair_setup(&p);
    p.client_config.wishes = p.server_config.wishes = 0;
    p.server_config.guests = true;
    p.server_config.authenticate = let_in;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    move(&p.server, false);
    ntlm_query(p.server, &info);
    CHECK(info.guest && !info.loopback);
    pair_free(&p);

    pair_setup(&p);
    p.client_config.machine_id = p.server_config.machine_id = machine;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    move(&p.server, false);
    ntlm_query(p.server, &info);
    CHECK(!info.guest && info.loopback);
    pair_free(&p);
}

static void too_early(void)
{
    struct pair p;
    struct blob packed = {0};

    pair_setup(&p);
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(ntlm_export(p.client, false, EXTRA, &packed), ST_BAD_STATE);
    CHECK_STATUS(pair_challenge(&p), ST_OK);
    CHECK_STATUS(ntlm_export(p.client, false, EXTRA, &packed), ST_BAD_STATE);
    CHECK_STATUS(ntlm_export(p.server, false, EXTRA, &packed), ST_BAD_STATE);
    CHECK(ntlm_step(p.server, BYTES_LITERAL("no AUTHENTICATE"), &p.authenticate) != ST_OK);
    CHECK_STATUS(ntlm_export(p.server, false, EXTRA, &packed), ST_BAD_STATE);
    CHECK(!packed.data);
    pair_free(&p);
}

static void refused(struct bytes packed)
{
    struct ntlm_context *made = (struct ntlm_context *)1;
    struct bytes extra = BYTES_LITERAL("?");

    CHECK_STATUS(ntlm_import(packed, &extra, &made), ST_BAD_TOKEN);
    CHECK(!made && !extra.size);
    if (made)
        ntlm_free(made);
}

/* Exactly SIZE bytes on the heap, so that a read past them is seen. */
static void cut(struct bytes packed)
{
    for (size_t size = 0; size < packed.size; size++) {
        struct blob part = {0};
        CHECK_STATUS(blob_set(&part, bytes_of(packed.data, size)), ST_OK);
        refused(blob_view(&part));
        blob_free(&part);
    }
}

static void flipped(struct bytes packed)
{
    uint8_t *copy = mem_alloc(packed.size);

    memcpy(copy, packed.data, packed.size);
    for (size_t bit = 0; bit < 8 * packed.size; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refused(bytes_of(copy, packed.size));
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    mem_free(copy, packed.size);
}

/* The checksum as a forger makes it: the key is in the bytes. */
static void forge(uint8_t *packed, size_t size)
{
    ntlm_hmac_md5(packed + 20, bytes_of(packed, size - CHECKSUM), ntlm_none, ntlm_none,
            packed + size - CHECKSUM);
}

/* A good checksum does not help what cannot be: each row changes one byte. */
static void forged(struct bytes packed)
{
    static const struct {
        size_t at;
        uint8_t change;
    } rows[] = {
            {0, 1}, /* magic */
            {8, 3}, /* version */
            {12, 0x40},
            {15, 0x80},    /* traits that there are none of */
            {12, 8},       /* no streams, says the trait, but there they are */
            {18, 0x08},    /* not extended: one stream, but there are two */
            {16, 0x30},    /* no security, so no streams */
            {HEAD + 6, 1}, /* S is no permutation */
            {HEAD + STREAM + 6, 0xFF},
            {HEAD + 2 * STREAM, 1}, /* an odd name */
            {HEAD + 2 * STREAM, 2}, /* a shorter, or longer, one */
            {HEAD + 2 * STREAM + 1, 0xFF},
    };
    uint8_t *copy = mem_alloc(packed.size + 1);

    memcpy(copy, packed.data, packed.size);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        copy[rows[i].at] ^= rows[i].change;
        forge(copy, packed.size);
        refused(bytes_of(copy, packed.size));
        copy[rows[i].at] ^= rows[i].change;
    }
    forge(copy, packed.size + 1); /* a byte too many */
    refused(bytes_of(copy, packed.size + 1));
    mem_free(copy, packed.size + 1);
}

/* What a forger may do is make up a session: nothing in it can hurt. Any byte, any value. */
static void any_bytes(struct bytes packed)
{
    uint8_t *copy = mem_alloc(packed.size);
    struct ntlm_context *made;
    struct message m = {.part = {m.text, TEXT, true}};
    struct bytes extra;
    unsigned taken = 0, seed = 1;

    memcpy(copy, packed.data, packed.size);
    for (unsigned i = 0; i < 4000; i++) {
        size_t at = (seed = seed * 1103515245u + 12345u) / 65536 % (packed.size - CHECKSUM);
        uint8_t former = copy[at];
        copy[at] = (uint8_t)(seed >> 8);
        forge(copy, packed.size);
        if (ntlm_import(bytes_of(copy, packed.size), &extra, &made) == ST_OK) {
            struct blob again = {0};
            taken++;
            CHECK(ntlm_seal(made, &m.part, 1, m.signature) != ST_INTERNAL);
            CHECK(hear(made, &m) != ST_INTERNAL);
            CHECK_STATUS(ntlm_export(made, i % 2, extra, &again), ST_OK);
            blob_free(&again);
            ntlm_free(made);
        }
        copy[at] = former;
    }
    CHECK(taken > 100 && taken < 4000);
    mem_free(copy, packed.size);
}

static void broken(uint32_t wishes)
{
    struct pair p;
    struct blob packed = {0};

    setup(&p, wishes, NTLM_LEVEL_DEFAULT);
    CHECK_STATUS(ntlm_export(p.server, false, EXTRA, &packed), ST_OK);
    cut(blob_view(&packed));
    flipped(blob_view(&packed));
    if (wishes) {
        forged(blob_view(&packed));
        any_bytes(blob_view(&packed));
    }
    blob_free(&packed);
    pair_free(&p);
}

static void no_memory(void)
{
    struct pair p;
    struct blob packed = {0};
    struct ntlm_context *made;
    struct bytes extra;
    enum status status;
    long n;

    setup(&p, SIGN_AND_SEAL, NTLM_LEVEL_DEFAULT);
    for (n = 0;; n++) {
        mem_fail_after(n);
        status = ntlm_export(p.client, false, EXTRA, &packed);
        if (mem_fail_after(-1) >= 0)
            break;
        CHECK_STATUS(status, ST_NO_MEMORY);
        CHECK(!packed.data);
    }
    CHECK_STATUS(status, ST_OK);
    CHECK(n >= 1);
    for (n = 0;; n++) {
        mem_fail_after(n);
        status = ntlm_import(blob_view(&packed), &extra, &made);
        if (mem_fail_after(-1) >= 0)
            break;
        CHECK_STATUS(status, ST_NO_MEMORY);
        CHECK(!made);
    }
    CHECK_STATUS(status, ST_OK);
    CHECK(n >= 6);
    ntlm_free(made);
    blob_free(&packed);
    pair_free(&p);
}

static void big_extra(void)
{
    struct pair p;
    struct blob packed = {0};
    static uint8_t zeros[65536];
    struct ntlm_context *made = NULL;
    struct bytes extra;

    setup(&p, SIGN_AND_SEAL, NTLM_LEVEL_DEFAULT);
    CHECK_STATUS(
            ntlm_export(p.client, false, bytes_of(zeros, sizeof(zeros)), &packed), ST_BAD_ARGUMENT);
    CHECK_STATUS(ntlm_export(p.client, false, bytes_of(zeros, 65535), &packed), ST_OK);
    CHECK_STATUS(ntlm_import(blob_view(&packed), &extra, &made), ST_OK);
    CHECK(extra.size == 65535);
    ntlm_free(made);
    blob_free(&packed);
    pair_free(&p);
}

int main(void)
{
    goes_on(SIGN_AND_SEAL, NTLM_LEVEL_DEFAULT);
    goes_on(SIGN_AND_SEAL, NTLM_LEVEL_0); /* the older kind: one stream for both directions */
    goes_on(SIGN_AND_SEAL, NTLM_LEVEL_1);
    old_stays();
    starts_anew(NTLM_LEVEL_DEFAULT);
    starts_anew(NTLM_LEVEL_0);
    facts();
    unsigned_session();
    datagram();
    guest_and_loopback();
    too_early();
    broken(SIGN_AND_SEAL);
    broken(0);
    no_memory();
    big_extra();
    return unit_end("ntlm_export");
}
