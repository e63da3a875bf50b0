/* KEY_INFO, SESSION_KEY and SIZES of sessions with keys of 128, 56 and 40 bits, all open at once.
 *
 * Who negotiates what: [MS-NLMP] 2.2.2.5 (NTLMSSP_NEGOTIATE_128, _56, _LM_KEY). What of the key is
 * used: 3.4.5.3, SEALKEY: with extended session security all 16 bytes, 7 or 5; without it 7 or 5 where
 * LM_KEY was negotiated, "else" all of it. The names: what Windows' package says, "RSADSI RC4" with
 * "HMAC-MD5" or "RSADSI RC4-CRC32" (Wine's ntlm.c asserts them on Windows). The session key is
 * ExportedSessionKey, of 16 bytes in each case (3.1.5.1.2, KeyExchangeKey and RC4K of it), so are a
 * signature's 16 (2.2.2.9).
 *
 * Our clients ask for 128 bits always; another one's NEGOTIATE is made of theirs by taking flags out,
 * which only version 1 lets pass (no MIC). LM_KEY needs accounts with LM hashes, NoLMHash 0. */
#include "../accounts.h"
#include "../login.h"
#include "registry.h"
#include "sealed.h"

#define LSA    "System\\CurrentControlSet\\Control\\Lsa"
#define MSV1_0 LSA "\\MSV1_0"
/* LMOWFv1 and NTOWFv1 of "Password": [MS-NLMP] 4.2.2.1.1 and 4.2.2.1.2 */
#define LM "E52CAC67419A9A224A3B108F3FA6CB6D"
#define NT "A4F49C406510BDCAB6824EE7C30FD852"

enum { BITS_128 = 0x20000000, LM_KEY = 0x80 };
static const DWORD bits_56 = 0x80000000;

static struct session {
    int level;      /* the client's LmCompatibilityLevel */
    BOOL lm_hashes; /* the server uses them */
    BOOL no_128, no_56;
    ULONG bits;
    const WCHAR *digest;
    ULONG algorithm;
    struct login *login;
    BYTE key[16];
} sessions[] = {
        {3, FALSE, FALSE, FALSE, 128, L"HMAC-MD5", 0xFFFFFF76},
        {2, FALSE, FALSE, FALSE, 128, L"HMAC-MD5", 0xFFFFFF76},
        {2, FALSE, TRUE, FALSE, 56, L"HMAC-MD5", 0xFFFFFF76},
        {1, FALSE, TRUE, TRUE, 40, L"HMAC-MD5", 0xFFFFFF76},
        {0, FALSE, FALSE, FALSE, 128, L"RSADSI RC4-CRC32", 0xFFFFFF7C},
        {0, FALSE, TRUE, TRUE, 128, L"RSADSI RC4-CRC32", 0xFFFFFF7C}, /* no LM_KEY: not cut */
        {0, TRUE, FALSE, FALSE, 56, L"RSADSI RC4-CRC32", 0xFFFFFF7C},
        {0, TRUE, TRUE, TRUE, 40, L"RSADSI RC4-CRC32", 0xFFFFFF7C},
};

static void write_account(const char *line)
{
    HANDLE file = store_create(PRIVATE_FILE);
    DWORD done;

    WriteFile(file, line, strlen(line), &done, NULL);
    CloseHandle(file);
}

static struct login *login_new(int level, BOOL lm_hashes)
{
    static union identity id;
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    set_number(MSV1_0, "NtlmMinClientSec", 0);
    set_number(MSV1_0, "NtlmMinServerSec", 0);
    set_number(LSA, "LmCompatibilityLevel", level);
    status = acquire(L"NTLM", SECPKG_CRED_OUTBOUND,
            make_identity(&id, FORM_PLAIN, L"alice", L"WONDERLAND", L"Password"),
            &l->client_credential, NULL);
    ok(status == SEC_E_OK, "client credential %08lx\n", status);
    set_number(LSA, "LmCompatibilityLevel", 3);
    set_number(LSA, "NoLMHash", lm_hashes ? 0 : NONE);
    status = acquire(L"NTLM", SECPKG_CRED_INBOUND, NULL, &l->server_credential, NULL);
    ok(status == SEC_E_OK, "server credential %08lx\n", status);
    set_number(MSV1_0, "NtlmMinClientSec", NONE);
    set_number(MSV1_0, "NtlmMinServerSec", NONE);
    set_number(LSA, "LmCompatibilityLevel", NONE);
    set_number(LSA, "NoLMHash", NONE);
    return l;
}

/* NegotiateFlags of NEGOTIATE: [MS-NLMP] 2.2.1.1. */
static void take_out(struct login *l, DWORD flags)
{
    DWORD now;

    memcpy(&now, l->token + 12, sizeof(now));
    ok(now & BITS_128 && now & bits_56, "not asked for: %08lx\n", now);
    now &= ~flags;
    memcpy(l->token + 12, &now, sizeof(now));
}

static void open_session(struct session *s)
{
    struct login *l = s->login = login_new(s->level, s->lm_hashes);

    login_leg(l, FALSE);
    take_out(l, (s->no_128 ? BITS_128 : 0) | (s->no_56 ? bits_56 : 0));
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    ok(l->client_status == SEC_E_OK && l->server_status == SEC_E_OK, "client %08lx, server %08lx\n",
            l->client_status, l->server_status);
}

static void check_key_info(const struct session *s, CtxtHandle *context)
{
    SecPkgContext_KeyInfoW info = {(void *)STALE, (void *)STALE, STALE, STALE, STALE};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_KEY_INFO, &info);
    WCHAR text[100];

    ok(status == SEC_E_OK, "KEY_INFO %08lx\n", status);
    if (status != SEC_E_OK)
        return;
    ok(info.KeySize == s->bits, "%lu bits\n", info.KeySize);
    ok(info.SignatureAlgorithm == s->algorithm, "signature %lx\n", info.SignatureAlgorithm);
    ok(info.EncryptAlgorithm == CALG_RC4, "cipher %lx\n", info.EncryptAlgorithm);
    take_text(info.sSignatureAlgorithmName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, s->digest), "%ls\n", text);
    take_text(info.sEncryptAlgorithmName, text, ARRAY_SIZE(text));
    ok(!wcscmp(text, L"RSADSI RC4"), "%ls\n", text);
}

static void check_sizes(CtxtHandle *context)
{
    SecPkgContext_Sizes sizes = {STALE, STALE, STALE, STALE};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SIZES, &sizes);

    ok(status == SEC_E_OK, "SIZES %08lx\n", status);
    ok(sizes.cbMaxSignature == 16 && sizes.cbSecurityTrailer == 16 && !sizes.cbBlockSize,
            "%lu %lu %lu\n", sizes.cbMaxSignature, sizes.cbSecurityTrailer, sizes.cbBlockSize);
}

static void session_key(CtxtHandle *context, BYTE key[16])
{
    SecPkgContext_SessionKey k = {STALE, NULL};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_SESSION_KEY, &k);

    ok(status == SEC_E_OK, "SESSION_KEY %08lx\n", status);
    ok(k.SessionKeyLength == 16, "%lu bytes\n", k.SessionKeyLength);
    memset(key, 0, 16);
    if (status == SEC_E_OK && k.SessionKeyLength == 16)
        memcpy(key, k.SessionKey, 16);
    FreeContextBuffer(k.SessionKey);
}

static void check_session(struct session *s)
{
    struct login *l = s->login;
    BYTE other[16];

    check_key_info(s, &l->client);
    check_key_info(s, &l->server);
    check_sizes(&l->client);
    check_sizes(&l->server);
    session_key(&l->client, s->key);
    session_key(&l->server, other);
    ok(!memcmp(s->key, other, 16), "two session keys\n");
    say(&l->client, &l->server);
    say(&l->server, &l->client);
}

static void all_sessions(void)
{
    int i, k;

    for (i = 0; i < ARRAY_SIZE(sessions); i++) {
        winetest_push_context("open %d", i);
        open_session(&sessions[i]);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAY_SIZE(sessions); i++) {
        winetest_push_context("session %d", i);
        check_session(&sessions[i]);
        for (k = 0; k < i; k++)
            ok(memcmp(sessions[i].key, sessions[k].key, 16), "the key of session %d\n", k);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAY_SIZE(sessions); i++) {
        login_close(sessions[i].login);
        free(sessions[i].login);
    }
}

/* A client's login at level 0, of whose AUTHENTICATE only the LM response is left, as of the oldest
 * clients (2.2.1.3: LmChallengeResponseLen at 12, NtChallengeResponseLen and MaxLen at 20). */
static SECURITY_STATUS lm_alone(BOOL lm_hashes)
{
    struct login *l = login_new(0, lm_hashes);
    SECURITY_STATUS status;

    l->client_request = l->server_request = 0;
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    ok(l->token[12] == 24 && l->token[20] == 24, "%u and %u bytes\n", l->token[12], l->token[20]);
    memset(l->token + 20, 0, 4);
    status = login_leg(l, TRUE);
    login_close(l);
    free(l);
    return status;
}

/* LM responses count where LM hashes do and the account has one. */
static void test_lm(void)
{
    static const struct {
        const char *line;
        BOOL lm_hashes;
        SECURITY_STATUS status;
    } rows[] = {
            {"alice::" LM ":" NT ":::\n", TRUE, SEC_E_OK},
            {"alice::" LM ":" NT ":::\n", FALSE, SEC_E_LOGON_DENIED},
            {"alice:::" NT ":::\n", TRUE, SEC_E_LOGON_DENIED},
            {"alice::XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:" NT ":::\n", TRUE, SEC_E_LOGON_DENIED},
            {"alice::" NT ":" NT ":::\n", TRUE, SEC_E_LOGON_DENIED}, /* another password's */
            {"alice::" LM ":" NT ":[UD]::\n", TRUE, SEC_E_LOGON_DENIED},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        SECURITY_STATUS status;
        write_account(rows[i].line);
        status = lm_alone(rows[i].lm_hashes);
        ok(status == rows[i].status, "row %d: %08lx\n", i, status);
    }
}

/* LM_KEY is agreed on before the server knows who comes; an account without an LM hash has no such
 * key. */
static void test_no_lm_hash(void)
{
    struct login *l;

    write_account("alice:::" NT ":::\n");
    l = login_new(0, TRUE);
    login_legs(l);
    ok(l->server_status == SEC_E_LOGON_DENIED, "%08lx\n", l->server_status);
    login_close(l);
    free(l);
}

static void all_tests(void)
{
    write_account("alice::" LM ":" NT ":::\n");
    all_sessions();
    test_lm();
    test_no_lm_hash();
}

START_TEST(key_sizes)
{
    if (!store_open()) {
        skip("levels are changed in opensspi's prefixes only\n");
        return;
    }
    as_w_and_a(all_tests);
    store_close();
}
