/* What a login costs a server, for callgrind: logon_cost CASE runs one login against one account
 * file. callgrind counts what measured_search() does (the search and the check, as
 * dlls/msv1_0/authority.c does them) or measured_login() (the engine's whole last leg around that).
 * Exit code 0 if the login is refused, as all cases but "right" must be. See logon-cost. */
#include <stdio.h>
#include <string.h>
#include "base/utf16.h"
#include "ntlm/ntlm.h"
#include "ssp/accounts_line.h"

#define U(s) bytes_of(u"" s, sizeof(u"" s) - 2)

/* The NT hash of "Password": [MS-NLMP] 4.2.2.1.2. */
#define RIGHT "A4F49C406510BDCAB6824EE7C30FD852"
#define OTHER "0123456789ABCDEF0123456789ABCDEF"

static const uint8_t nt_hash[NTLM_HASH_SIZE] = {0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6,
        0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52};

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

__attribute__((noinline)) enum status measured_search(
        void *self, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE]);
__attribute__((noinline)) enum status measured_login(
        struct ntlm_context *server, struct bytes authenticate, struct blob *out);

/* An ntlm_authenticate; SELF is the account file. */
enum status measured_search(
        void *self, const struct ntlm_logon *logon, uint8_t key[NTLM_HASH_SIZE])
{
    const struct bytes *file = self;
    struct account account;
    bool known = accounts_search(*file, ACCOUNT_FORM_SAM, logon->user, logon->domain, &account) ==
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

enum status measured_login(
        struct ntlm_context *server, struct bytes authenticate, struct blob *out)
{
    return ntlm_step(server, authenticate, out);
}

/* The same numbers for each case. */
static enum status still_random(void *self, uint8_t *out, size_t size)
{
    (void)self;
    memset(out, 0x55, size);
    return ST_OK;
}

static uint64_t still_now(void *self)
{
    (void)self;
    return 133800000000000000ull;
}

static const struct world world = {NULL, still_random, still_now};

static enum status log_in(struct ntlm_context *client, struct ntlm_context *server)
{
    struct blob token = {0}, answer = {0};
    enum status s = ntlm_step(client, bytes_of(NULL, 0), &token);

    if (s == ST_CONTINUE)
        s = ntlm_step(server, blob_view(&token), &answer);
    if (s == ST_CONTINUE)
        s = ntlm_step(client, blob_view(&answer), &token);
    if (s == ST_OK)
        s = measured_login(server, blob_view(&token), &answer);
    blob_free(&token);
    blob_free(&answer);
    return s;
}

static int run(struct bytes file, const char *name)
{
    struct ntlm_client_config client_config = {.user = U("User"),
            .domain = U("Domain"),
            .nt_hash = nt_hash,
            .wishes = NTLM_WISH_SEAL,
            .world = world};
    struct ntlm_server_config server_config = {.nb_computer = U("SERVER"),
            .nb_domain = U("SERVER"),
            .authenticate = measured_search,
            .authenticate_self = &file,
            .wishes = NTLM_WISH_SEAL,
            .world = world};
    struct ntlm_context *client, *server;

    if (ntlm_client_new(&client_config, &client) != ST_OK ||
            ntlm_server_new(&server_config, &server) != ST_OK)
        return 3;
    enum status s = log_in(client, server);
    ntlm_free(client);
    ntlm_free(server);
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
