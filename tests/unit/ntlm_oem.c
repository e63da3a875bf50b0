/* OEM, the character set before Unicode: servers that answer with it, and clients that speak
 * nothing else (of those more in ntlm_engine.c and ntlm_peer.c).
 * [MS-NLMP] 2.2.1.2, 2.2.1.3, 2.2.2.5 A and B. The CHALLENGE is made by hand: no server of today
 * answers so. */
#include "ntlm_pair.h"
#include "ntlm/message.h"
#include "ntlm/oem.h"
#include "ntlm/response.h"

/* TargetName "OLDDOM" at 48, TargetInfo at 54 (NbDomainName OLDDOM, NbComputerName OLD); no
 * Version. */
#define CHALLENGE_HEAD "4e544c4d53535000 02000000 0600060030000000 "
#define CHALLENGE_TAIL                                                                             \
    " 0123456789abcdef 0000000000000000 1e001e0036000000 4f4c44444f4d"                             \
    "02000c004f004c00440044004f004d00 010006004f004c004400 00000000"
#define OEM_FLAGS  "02028800" /* OEM, NTLM, extended session security, TargetInfo */
#define BOTH_FLAGS "03028800"

static uint8_t pool[4096];
static size_t pool_used;

static struct bytes hex(const char *text)
{
    struct bytes b = unit_unhex(text, pool + pool_used, sizeof(pool) - pool_used);
    pool_used += b.size;
    return b;
}

/* The answer of a client to a CHALLENGE, in P->authenticate. */
static enum status answer(struct pair *p, const char *challenge)
{
    struct blob none = {0};

    pool_used = 0;
    CHECK_STATUS(ntlm_client_new(&p->client_config, &p->client), ST_OK);
    CHECK_STATUS(pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE), ST_OK);
    return ntlm_step(p->client, hex(challenge), &p->authenticate);
}

static void no_wishes(struct pair *p)
{
    pair_setup(p);
    p->client_config.wishes = p->server_config.wishes = 0;
}

static void check_proof(const struct ntlm_authenticate_message *m)
{
    uint8_t key[16];
    struct bytes server_challenge = hex("0123456789abcdef");
    struct ntlm_logon logon = {.user = U("user"),
            .domain = U("DOM"),
            .server_challenge = server_challenge.data,
            .nt_response = m->nt_response,
            .lm_response = m->lm_response};

    /* Hashed in Unicode all the same: 3.3.2 */
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_OK);
    logon.domain = U("dom");
    CHECK_STATUS(ntlm_check_logon(&logon, pair_nt_hash, true, key), ST_LOGON_DENIED);
}

static void names_in_oem(void)
{
    struct pair p;
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response v2;

    no_wishes(&p);
    p.client_config.workstation = U("W\u00fcRK");
    CHECK_STATUS(answer(&p, CHALLENGE_HEAD OEM_FLAGS CHALLENGE_TAIL), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK(m.flags & NTLMSSP_NEGOTIATE_OEM && !(m.flags & NTLMSSP_NEGOTIATE_UNICODE));
    CHECK_BYTES(m.user, BYTES_LITERAL("user"));
    CHECK_BYTES(m.domain, BYTES_LITERAL("DOM"));
    CHECK_BYTES(m.workstation, BYTES_LITERAL("W?RK"));
    check_proof(&m);
    /* AV pairs are Unicode always: 2.2.2.1 */
    CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &v2), ST_OK);
    CHECK_BYTES(v2.av.value[MsvAvTargetName], U("TERMSRV/srv.dom.example"));
    pair_free(&p);
}

/* Both bits: Unicode. */
static void unicode_wins(void)
{
    struct pair p;
    struct ntlm_authenticate_message m;

    no_wishes(&p);
    CHECK_STATUS(answer(&p, CHALLENGE_HEAD BOTH_FLAGS CHALLENGE_TAIL), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK(!(m.flags & NTLMSSP_NEGOTIATE_OEM) && m.flags & NTLMSSP_NEGOTIATE_UNICODE);
    CHECK_BYTES(m.user, U("user"));
    pair_free(&p);
}

static enum status answer_as(struct bytes user, struct bytes domain, const char *flags)
{
    struct pair p;
    char challenge[256];
    enum status status;

    no_wishes(&p);
    p.client_config.user = user;
    p.client_config.domain = domain;
    snprintf(challenge, sizeof(challenge), CHALLENGE_HEAD "%s" CHALLENGE_TAIL, flags);
    status = answer(&p, challenge);
    CHECK(status == ST_OK || !p.authenticate.size);
    pair_free(&p);
    return status;
}

/* What cannot be said is not said otherwise. */
static void unsayable_names(void)
{
    CHECK_STATUS(answer_as(U("j\u00fcrgen"), U("DOM"), OEM_FLAGS), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(answer_as(U("user"), U("D\u00dcM"), OEM_FLAGS), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(answer_as(U("user\u4e2d"), U("DOM"), OEM_FLAGS), ST_PEER_UNSUPPORTED);
    CHECK_STATUS(answer_as(U("j\u00fcrgen"), U("D\u00dcM"), BOTH_FLAGS), ST_OK);
    CHECK_STATUS(answer_as(U("user"), bytes_of(NULL, 0), OEM_FLAGS), ST_OK);
}

/* All but the server's last leg, NEGOTIATE changed on the way: OEM instead of Unicode. */
static void legs_in_oem(struct pair *p)
{
    struct blob none = {0};
    struct ntlm_negotiate m;

    CHECK_STATUS(pair_new(p), ST_OK);
    CHECK_STATUS(pair_leg(p->client, &none, &p->negotiate, ST_CONTINUE), ST_OK);
    CHECK_STATUS(ntlm_negotiate_read(blob_view(&p->negotiate), &m), ST_OK);
    m.flags = (m.flags & ~(uint32_t)NTLMSSP_NEGOTIATE_UNICODE) | NTLMSSP_NEGOTIATE_OEM;
    CHECK_STATUS(ntlm_negotiate_write(&m, &p->negotiate), ST_OK);
    CHECK_STATUS(pair_leg(p->server, &p->negotiate, &p->challenge, ST_CONTINUE), ST_OK);
    CHECK_STATUS(pair_leg(p->client, &p->challenge, &p->authenticate, ST_OK), ST_OK);
}

/* A server of ours that is made to believe that the client speaks OEM only. TIME: it sends its
 * time, so that there is a MIC, and then the change is found. */
static enum status talked_into_oem(bool time, enum ntlm_level level)
{
    struct pair p;
    enum status status;

    no_wishes(&p);
    p.server_config.omit_timestamp = !time;
    p.client_config.level = level;
    p.server_config.level = level == NTLM_LEVEL_DEFAULT ? level : NTLM_LEVEL_3;
    legs_in_oem(&p);
    status = pair_finish(&p);
    if (status == ST_OK) {
        struct ntlm_info info;
        ntlm_query(p.server, &info);
        CHECK_BYTES(info.user, U("user"));
        CHECK_BYTES(info.domain, U("DOM"));
    }
    pair_free(&p);
    return status;
}

/* A name that came in OEM is twice as long in Unicode, where Windows' lengths have 16 bits (UNICODE_STRING): the longest
 * that fits gets as far as the proof, which it is not in. */
static enum status named_in_oem(size_t size)
{
    static char name[0x8000];
    struct pair p;
    struct ntlm_authenticate_message a;
    enum status status;

    memset(name, 'x', sizeof name);
    no_wishes(&p);
    legs_in_oem(&p);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &a), ST_OK);
    a.user = bytes_of(name, size);
    struct blob changed = {0};
    CHECK_STATUS(ntlm_authenticate_write(&a, &changed), ST_OK);
    blob_move(&p.authenticate, &changed);
    status = pair_finish(&p);
    pair_free(&p);
    return status;
}

/* Each allocation of an answer fails once. */
static void no_memory(void)
{
    for (long n = 0;; n++) {
        struct pair p;
        struct bytes challenge;
        enum status status;

        no_wishes(&p);
        pool_used = 0;
        challenge = hex(CHALLENGE_HEAD OEM_FLAGS CHALLENGE_TAIL);
        mem_fail_after(n);
        status = ntlm_client_new(&p.client_config, &p.client);
        if (status == ST_OK) {
            struct blob none = {0};
            status = pair_leg(p.client, &none, &p.negotiate, ST_CONTINUE);
        }
        if (status == ST_OK)
            status = ntlm_step(p.client, challenge, &p.authenticate);
        bool all = mem_fail_after(-1) >= 0;
        CHECK_STATUS(status, all ? ST_OK : ST_NO_MEMORY);
        pair_free(&p);
        if (all)
            break;
    }
}

static void conversions(void)
{
    struct blob out = {0};

    CHECK_STATUS(ntlm_oem_say(U("Az09~"), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("Az09~"));
    CHECK_STATUS(ntlm_oem_say(U("\u00a0"), &out), ST_PEER_UNSUPPORTED);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("Az09~")); /* untouched */
    CHECK_STATUS(ntlm_oem_narrow(U("\u00a0\u4e2dx"), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), BYTES_LITERAL("??x"));
    CHECK_STATUS(ntlm_oem_widen(BYTES_LITERAL("x\x7f"), &out), ST_OK);
    CHECK_BYTES(blob_view(&out), U("x\x7f"));
    CHECK_STATUS(ntlm_oem_widen(BYTES_LITERAL("\x80"), &out), ST_PEER_UNSUPPORTED);
    blob_free(&out);
}

int main(void)
{
    names_in_oem();
    unicode_wins();
    unsayable_names();
    CHECK_STATUS(talked_into_oem(false, NTLM_LEVEL_DEFAULT), ST_OK);
    CHECK_STATUS(talked_into_oem(false, NTLM_LEVEL_1), ST_OK);
    CHECK_STATUS(talked_into_oem(true, NTLM_LEVEL_DEFAULT), ST_BAD_SIGNATURE);
    CHECK_STATUS(named_in_oem(0x7fff), ST_LOGON_DENIED);
    CHECK_STATUS(named_in_oem(0x8000), ST_BAD_TOKEN);
    no_memory();
    conversions();
    return unit_end("ntlm_oem");
}
