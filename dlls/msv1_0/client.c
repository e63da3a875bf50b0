/* The client's engine from a credential and the caller's wishes. */
#include "msv1_0.h"

SECURITY_STATUS client_engine(const struct ssp_leg *leg, struct ntlm_context **engine)
{
    const struct credential *credential = (const struct credential *)leg->credential;
    const struct policy *policy = &credential->policy;
    ULONG wishes = wishes_of(FALSE, leg->request) | policy->client.wishes;

    /* Nothing says who to log in as: never a silent anonymous login. */
    if (!credential->given && !(wishes & NTLM_WISH_NULL_SESSION)) {
        log_warn("msv1_0", "no credentials: the program gave none and none are saved; "
                           "pass a user name and a password");
        return SEC_E_NO_CREDENTIALS;
    }
    /* [MS-NLMP] 3.1.4, ClientBlocked: STATUS_NOT_SUPPORTED, which is this code (?). */
    if (!policy_allows_sending(policy, ssp_text(leg->target))) {
        log_warn("msv1_0", "RestrictSendingNTLMTraffic forbids NTLM to this server; set it to 0 or "
                           "name the server in ClientAllowedNTLMServers");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    struct ntlm_client_config config = {
            .user = blob_view(&credential->user),
            .domain = blob_view(&credential->domain),
            .workstation = blob_view(&credential->computer),
            .nt_hash = credential->given ? credential->nt_hash : NULL,
            .target_name = ssp_text(leg->target),
            .omit_bindings = credential->omit_bindings,
            .wishes = wishes,
            .level = policy->level,
            .weaker = policy->client.weaker,
            .lm_hash = credential->has_lm_hash ? credential->lm_hash : NULL,
            /* Wine's RtlGenRandom keeps its last numbers in advapi32's data. */
            .mix_random = true,
            .world = ssp_world(),
    };
    return ssp_status(ntlm_client_new(&config, engine));
}
