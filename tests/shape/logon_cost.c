/* What a login costs a server, for callgrind: logon_cost CASE runs one login against one account
 * file, as dlls/msv1_0/authority.c does it; callgrind counts what measured() does. Exit code 0 if
 * the login is refused, as all cases but "right" must be. See logon-cost. */
#include <stdio.h>
#include <string.h>
#include "base/utf16.h"
#include "ntlm/ntlm.h"
#include "ssp/accounts_line.h"

/* The NT hash of "Password" and the response to it: [MS-NLMP] 4.2.2.1.2, 4.2.4. */
#define RIGHT "A4F49C406510BDCAB6824EE7C30FD852"
#define OTHER "0123456789ABCDEF0123456789ABCDEF"

static const uint8_t server_challenge[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF};

/* [MS-NLMP] 4.2.4.2.2: NTProofStr and temp for User of Domain. */
static const uint8_t response[] = {0x68, 0xcd, 0x0a, 0xb8, 0x51, 0xe5, 0x1c, 0x96, 0xaa, 0xbc, 0x92,
        0x7b, 0xeb, 0xef, 0x6a, 0x1c, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa,
        0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0, 0, 0, 0, 2, 0, 12, 0, 'D', 0, 'o', 0, 'm', 0, 'a', 0,
        'i', 0, 'n', 0, 1, 0, 12, 0, 'S', 0, 'e', 0, 'r', 0, 'v', 0, 'e', 0, 'r', 0, 0, 0, 0, 0, 0,
        0, 0, 0};

static const struct {
    const char *name, *file;
} cases[] = {
        {"right", "Other:::" OTHER ":::\nUser:::" RIGHT ":::\n"},
        {"wrong", "Other:::" OTHER ":::\nUser:::" OTHER ":::\n"},
        {"wrong-first", "User:::" OTHER ":::\nOther:::" OTHER ":::\n"},
        {"unknown", "Other:::" OTHER ":::\nUzer:::" OTHER ":::\n"},
        {"unknown-right-hash", "Other:::" OTHER ":::\nNone:::" RIGHT ":::\n"},
        {"disabled-wrong", "Other:::" OTHER ":::\nUser:::" OTHER ":[D]::\n"},
        {"disabled-unknown", "Other:::" OTHER ":::\nUzer:::" OTHER ":[D]::\n"},
};

__attribute__((noinline)) enum status measured(
        struct bytes file, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE]);

enum status measured(struct bytes file, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    struct account account;
    bool known = accounts_search(file, ACCOUNT_FORM_SAM, logon->user, logon->domain, &account) ==
                 ACCOUNT_FOUND;
#ifdef CANARY /* what must be found out: nothing is computed for unknown users */
    enum status s = ST_LOGON_DENIED;
    if (known)
        s = ntlm_check_logon(logon, account.nt_hash, known, key);
#else
    enum status s = ntlm_check_logon(logon, account.nt_hash, known, key);
#endif
    wipe(&account, sizeof account);
    return s;
}

static int run(struct bytes file, const char *name)
{
    struct blob user = {0}, domain = {0};
    uint8_t key[NTLM_HASH_SIZE];

    if (utf16_from_utf8(BYTES_LITERAL("User"), &user) != ST_OK ||
            utf16_from_utf8(BYTES_LITERAL("Domain"), &domain) != ST_OK)
        return 3;
    struct ntlm_logon logon = {.user = blob_view(&user),
            .domain = blob_view(&domain),
            .server_challenge = server_challenge,
            .nt_response = bytes_of(response, sizeof(response))};
    enum status s = measured(file, &logon, key);
    blob_free(&user);
    blob_free(&domain);
    if (s != (strcmp(name, "right") ? ST_LOGON_DENIED : ST_OK)) {
        fprintf(stderr, "%s: %s\n", name, status_name(s));
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(cases) / sizeof(*cases); i++)
        if (!strcmp(argv[1], cases[i].name))
            return run(bytes_of(cases[i].file, strlen(cases[i].file)), cases[i].name);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        puts(cases[i].name);
    return 2;
}
