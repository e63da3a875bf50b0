/* What a client says of its target and of its machine, and what a server makes of it:
 * MsvAvTargetName with UNVERIFIED_SPN, MsvAvSingleHost. [MS-NLMP] 2.2.2.1, 2.2.2.2. The three
 * levels of the check are those of "Server SPN target name validation level": off, accept if
 * provided, required. */
#include "ntlm_pair.h"
#include "ntlm/avpair.h"
#include "ntlm/message.h"
#include "ntlm/response.h"

/* ---- names against lists ---- */

#define LIST                                                                                       \
    U("alias\0HTTP/only.example\0"                                                                 \
      "192.0.2.7\0\0")

static void lists(void)
{
    CHECK(ntlm_target_listed(U("alias"), LIST));
    CHECK(ntlm_target_listed(U("ALIAS"), LIST));
    CHECK(ntlm_target_listed(U("cifs/Alias"), LIST));
    CHECK(ntlm_target_listed(U("cifs/alias:445/what.ever"), LIST));
    CHECK(ntlm_target_listed(U("TERMSRV/192.0.2.7"), LIST));
    CHECK(ntlm_target_listed(U("http/ONLY.example"), LIST));
    CHECK(!ntlm_target_listed(U("cifs/only.example"), LIST)); /* a whole SPN is a whole SPN */
    CHECK(!ntlm_target_listed(U("only.example"), LIST));
    CHECK(!ntlm_target_listed(U("cifs/alias.example"), LIST));
    CHECK(!ntlm_target_listed(U("cifs/ali"), LIST));
    CHECK(!ntlm_target_listed(U("alias/other"), LIST));
    CHECK(!ntlm_target_listed(U("cifs/"), LIST));
    CHECK(!ntlm_target_listed(U(""), LIST));
    CHECK(!ntlm_target_listed(U("alias"), U("")));
    CHECK(ntlm_target_listed(U("alias"), U("x\0alias"))); /* the last NUL may be missing */
    CHECK(ntlm_target_listed(U("cifs/m\u00fcnchen"), U("M\u00dcNCHEN\0")));
    CHECK_BYTES(ntlm_target_host(U("HTTP/srv:8080")), U("srv"));
    CHECK_BYTES(ntlm_target_host(U("srv")), U("srv"));
    CHECK_BYTES(ntlm_target_host(U("ldap/dc.example/example")), U("dc.example"));
    CHECK_BYTES(ntlm_target_host(U("HTTP/srv@REALM")), U("srv"));
    CHECK_BYTES(ntlm_target_host(U("TERMSRV/[fe80::1]:3389")), U("fe80::1"));
    CHECK_BYTES(ntlm_target_host(U("TERMSRV/fe80::1")), U("fe80::1"));
    CHECK(!ntlm_target_host(U("TERMSRV/[fe80::1")).size); /* no end: no host */
    CHECK(!ntlm_target_host(U("TERMSRV/")).size);
    CHECK(!ntlm_target_host(U("")).size);
    CHECK_BYTES(ntlm_target_service(U("TERMSRV/srv/x")), U("TERMSRV"));
    CHECK(!ntlm_target_service(U("srv")).size);
    CHECK_BYTES(ntlm_target_host(U("ldap/dc.example:389/example@REALM")), U("dc.example"));
    CHECK_BYTES(ntlm_target_host(U("user@srv")), U("user@srv")); /* no SPN, no realm */
    CHECK_BYTES(ntlm_target_host(U("[::1]")), U("::1"));
    CHECK_BYTES(ntlm_target_host(U("TERMSRV/")), U(""));
    CHECK_BYTES(ntlm_target_host(U("/")), U(""));
    CHECK_BYTES(ntlm_target_host(U("x/:1")), U(""));
    CHECK_BYTES(ntlm_target_host(bytes_of(NULL, 0)), U(""));
    CHECK(ntlm_target_listed(U("TERMSRV/[FE80::1]:3389"), U("fe80::1\0")));
}

/* ---- the server's check ---- */

struct said {
    struct bytes target;
    uint32_t wishes; /* of the client, beside sealing */
};

static enum status login_to(struct said said, enum ntlm_target_policy policy, struct bytes list)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.client_config.target_name = said.target;
    p.client_config.wishes |= said.wishes;
    p.server_config.target_policy = policy;
    p.server_config.targets = list;
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    CHECK(p.asked == 1);
    pair_free(&p);
    return status;
}

static void server_check(void)
{
    static const struct {
        const char *what;
        enum status ignore, if_sent, require;
    } rows[] = {
            {"ours by DNS", ST_OK, ST_OK, ST_OK},
            {"ours by NetBIOS", ST_OK, ST_OK, ST_OK},
            {"of the list", ST_OK, ST_OK, ST_OK},
            {"another's", ST_OK, ST_BAD_BINDINGS, ST_BAD_BINDINGS},
            {"our domain, not us", ST_OK, ST_BAD_BINDINGS, ST_BAD_BINDINGS},
            {"none", ST_OK, ST_OK, ST_BAD_BINDINGS},
            {"ours, unverified", ST_OK, ST_OK, ST_BAD_BINDINGS},
            {"another's, unverified", ST_OK, ST_OK, ST_BAD_BINDINGS},
    };
    const struct said said[] = {
            {U("TERMSRV/SRV.dom.example"), 0},
            {U("cifs/srv"), 0},
            {U("HTTP/alias:8080"), 0},
            {U("TERMSRV/other.dom.example"), 0},
            {U("cifs/DOM"), 0},
            {{NULL, 0}, 0},
            {U("cifs/srv"), NTLM_WISH_UNVERIFIED_TARGET},
            {U("cifs/other"), NTLM_WISH_UNVERIFIED_TARGET},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_STATUS(login_to(said[i], NTLM_TARGET_IGNORE, LIST), rows[i].ignore);
        CHECK_STATUS(login_to(said[i], NTLM_TARGET_IF_SENT, LIST), rows[i].if_sent);
        CHECK_STATUS(login_to(said[i], NTLM_TARGET_REQUIRE, LIST), rows[i].require);
    }
    CHECK_STATUS(login_to(said[2], NTLM_TARGET_IF_SENT, U("")), ST_BAD_BINDINGS);
}

/* Who proves no NTLMv2 response has not sent a name: version 1, anonymous, and clients that leave
 * the pair out (SuppressExtendedProtection). */
static enum status login_without(
        uint32_t wishes, enum ntlm_level level, bool omit, enum ntlm_target_policy policy)
{
    struct pair p;
    enum status status;

    pair_setup(&p);
    p.client_config.wishes = p.server_config.wishes = wishes;
    p.client_config.omit_bindings = omit;
    p.client_config.level = p.server_config.level = level;
    p.server_config.target_policy = policy;
    CHECK_STATUS(pair_new(&p), ST_OK);
    status = pair_login(&p);
    pair_free(&p);
    return status;
}

static void nothing_sent(void)
{
    const uint32_t null = NTLM_WISH_NULL_SESSION;

    CHECK_STATUS(login_without(null, 0, false, NTLM_TARGET_IF_SENT), ST_OK);
    CHECK_STATUS(login_without(null, 0, false, NTLM_TARGET_REQUIRE), ST_BAD_BINDINGS);
    CHECK_STATUS(login_without(0, NTLM_LEVEL_1, false, NTLM_TARGET_IF_SENT), ST_OK);
    CHECK_STATUS(login_without(0, NTLM_LEVEL_1, false, NTLM_TARGET_REQUIRE), ST_BAD_BINDINGS);
    CHECK_STATUS(login_without(0, 0, true, NTLM_TARGET_IF_SENT), ST_OK);
    CHECK_STATUS(login_without(0, 0, true, NTLM_TARGET_REQUIRE), ST_BAD_BINDINGS);
}

/* The wrong password is refused as such, whatever the target. */
static void password_first(void)
{
    static const uint8_t wrong[16] = {4};
    struct pair p;

    pair_setup(&p);
    p.client_config.nt_hash = wrong;
    p.client_config.target_name = U("cifs/other");
    p.server_config.target_policy = NTLM_TARGET_REQUIRE;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_LOGON_DENIED);
    pair_free(&p);
}

/* ---- what the client sends ---- */

static const uint8_t here[32] = "thirty-two random bytes of here";
static const uint8_t there[32] = "thirty-two random bytes elsewher";

/* In the order of Windows' clients (captures): flags, single host, bindings, target; 2.2.2.2's fields. */
static void pairs_sent(void)
{
    static const enum ntlm_av_id order[] = {MsvAvTimestamp, MsvAvFlags, MsvAvSingleHost,
            MsvAvChannelBindings, MsvAvTargetName, MsvAvEOL};
    static const uint8_t head[16] = {48};
    struct pair p;
    struct ntlm_authenticate_message m;
    struct ntlm_v2_response v2;

    pair_setup(&p);
    p.client_config.machine_id = here;
    p.client_config.wishes |= NTLM_WISH_UNVERIFIED_TARGET;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_authenticate_made(&p), ST_OK);
    CHECK_STATUS(ntlm_authenticate_read(blob_view(&p.authenticate), &m), ST_OK);
    CHECK_STATUS(ntlm_v2_response_read(m.nt_response, &v2), ST_OK);
    CHECK(v2.av.flags == (NTLM_AV_FLAG_MIC | NTLM_AV_FLAG_UNVERIFIED_SPN));
    struct bytes host = v2.av.value[MsvAvSingleHost];
    CHECK(host.size == 48);
    CHECK_BYTES(bytes_of(host.data, 16), bytes_of(head, 16));
    CHECK_BYTES(bytes_of(host.data + 16, 32), bytes_of(here, 32));
    struct reader r = reader_on(bytes_of(v2.temp.data + 28, v2.temp.size - 28));
    for (size_t i = 0; i < 4; i++) { /* the server's four names */
        reader_skip(&r, 2);
        reader_skip(&r, reader_u16le(&r));
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        CHECK(reader_u16le(&r) == order[i]);
        reader_skip(&r, reader_u16le(&r));
    }
    CHECK_STATUS(pair_finish(&p), ST_OK);
    pair_free(&p);
}

/* The server tells its own machine from others; it is never a reason to refuse. */
static bool loopback(const uint8_t *client, const uint8_t *server)
{
    struct pair p;
    struct ntlm_info info;

    pair_setup(&p);
    p.client_config.machine_id = client;
    p.server_config.machine_id = server;
    CHECK_STATUS(pair_new(&p), ST_OK);
    CHECK_STATUS(pair_login(&p), ST_OK);
    ntlm_query(p.server, &info);
    pair_free(&p);
    return info.loopback;
}

static void machines(void)
{
    static const uint8_t zeros[32];

    CHECK(loopback(here, here));
    CHECK(!loopback(here, there));
    CHECK(!loopback(NULL, here));
    CHECK(!loopback(here, NULL));
    CHECK(!loopback(NULL, NULL));
    CHECK(!loopback(NULL, zeros)); /* not sent is not zeros */
}

/* A list with one MsvAvSingleHost of SIZE bytes that says it has SAYS. */
static bool host_reads(size_t size, uint32_t says)
{
    uint8_t value[64] = {0};
    struct writer w = {0};
    struct blob list = {0};
    struct ntlm_av av;

    for (unsigned i = 0; i < 4; i++)
        value[i] = (uint8_t)(says >> (8 * i));
    ntlm_av_write(&w, MsvAvSingleHost, bytes_of(value, size));
    ntlm_av_write(&w, MsvAvEOL, bytes_of(NULL, 0));
    CHECK_STATUS(writer_finish(&w, &list), ST_OK);
    struct reader r = reader_on(blob_view(&list));
    ntlm_av_read(&r, &av);
    blob_free(&list);
    return reader_done(&r);
}

static void malformed_hosts(void)
{
    CHECK(host_reads(48, 48));
    CHECK(host_reads(56, 56)); /* "any fields after the MachineID MUST be ignored" */
    CHECK(!host_reads(48, 47));
    CHECK(!host_reads(48, 0xFFFFFFFF));
    CHECK(!host_reads(47, 47));
    CHECK(!host_reads(4, 4));
    CHECK(!host_reads(3, 3));
    CHECK(!host_reads(0, 0));
}

int main(void)
{
    lists();
    server_check();
    nothing_sent();
    password_first();
    pairs_sent();
    machines();
    malformed_hosts();
    return unit_end("ntlm_target");
}
