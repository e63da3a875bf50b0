/* The server's engine: this machine's names, the account store as authority. */
#include "msv1_0.h"
#include "ssp/accounts.h"

static enum status authenticate(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE])
{
    struct account account = {0};
    (void)self;

    enum status s = accounts_find(logon->user, logon->domain, &account);
    if (s != ST_OK && s != ST_NOT_FOUND)
        return s;
    /* An unknown user costs the same and gives the same answer as a wrong password. */
    bool known = s == ST_OK;
    s = ntlm_check_logon(logon, account.nt_hash, known, session_base_key);
    wipe(&account, sizeof account);
    return s;
}

/* A program that gives bindings demands the same of the client, unless it says that old clients may
 * come without ("SEC_CHANNEL_BINDINGS_RESULT structure": VALID_MISSING "as allowed by the
 * ASC_REQ_ALLOW_MISSING_BINDINGS flag", else NOTVALID_MISSING; ABSENT is none or all zeros). */
static enum ntlm_bindings_policy bindings_policy(ULONG request)
{
    return request & ASC_REQ_ALLOW_MISSING_BINDINGS ? NTLM_BINDINGS_IF_SENT : NTLM_BINDINGS_REQUIRE;
}

/* A machine outside a domain is its own domain: Windows workgroup servers name themselves in both.
 */
SECURITY_STATUS server_engine(const struct ssp_leg *leg, struct ntlm_context **engine)
{
    const struct credential *credential = (const struct credential *)leg->credential;
    struct bytes computer = blob_view(&credential->computer);
    struct bytes host = blob_view(&credential->host);
    struct ntlm_server_config config = {
            .nb_computer = computer,
            .nb_domain = computer,
            .dns_computer = host,
            .dns_domain = host,
            .authenticate = authenticate,
            .bindings_policy = bindings_policy(leg->request),
            .wishes = wishes_of(TRUE, leg->request),
            .world = ssp_world(),
    };
    return ssp_status(ntlm_server_new(&config, engine));
}
