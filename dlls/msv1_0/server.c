/* The server's engine: this machine's names, the configured sources of accounts as authority. */
#include "msv1_0.h"
#include "authority.h"

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
    const struct admission *admission = &credential->policy.admission;
    struct bytes computer = blob_view(&credential->computer);
    struct bytes host = blob_view(&credential->host);
    struct ntlm_server_config config = {
            .nb_computer = computer,
            .nb_domain = computer,
            .dns_computer = host,
            .dns_domain = host,
            .authenticate = authority_ask,
            .bindings_policy = bindings_policy(leg->request),
            .wishes = wishes_of(TRUE, leg->request) | credential->policy.server.wishes,
            .level = credential->policy.level,
            .weaker = credential->policy.server.weaker,
            .lm_hashes = credential->policy.lm_hashes,
            .world = ssp_world(),
            .guests = admission->guests,
            .target_policy = admission->target_policy,
            .targets = blob_view(&admission->targets),
            .machine_id = machine_id(),
    };
    return ssp_status(ntlm_server_new(&config, engine));
}
