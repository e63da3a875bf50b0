/* The client's engine from a credential and the caller's wishes. */
#include "msv1_0.h"

SECURITY_STATUS client_engine(const struct ssp_leg *leg, struct ntlm_context **engine)
{
    const struct credential *credential = (const struct credential *)leg->credential;
    const struct policy *policy = &credential->policy;
    const struct login *login = &credential->login;
    struct login saved = {0};
    ULONG wishes = wishes_of(FALSE, leg->request) | policy->client.wishes;
    SECURITY_STATUS status = SEC_E_OK;

    /* [MS-NLMP] 3.1.4, ClientBlocked: STATUS_NOT_SUPPORTED, which is this code (?). */
    if (!policy_allows_sending(policy, ssp_text(leg->target))) {
        log_warn("msv1_0", "RestrictSendingNTLMTraffic forbids NTLM to this server; set it to 0 or "
                           "name the server in ClientAllowedNTLMServers");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    /* Nothing says who to log in as: what is saved, never a silent anonymous login. */
    if (!login->given && !(wishes & NTLM_WISH_NULL_SESSION)) {
        status = credential_saved(credential, ssp_text(leg->target), &saved);
        login = &saved;
    }
    struct ntlm_client_config config = {
            .user = blob_view(&login->user),
            .domain = blob_view(&login->domain),
            .workstation = blob_view(&credential->computer),
            .nt_hash = login->given ? login->nt_hash : NULL,
            .target_name = ssp_text(leg->target),
            .omit_bindings = credential->omit_bindings,
            .wishes = wishes,
            .level = policy->level,
            .weaker = policy->client.weaker,
            .lm_hash = login->has_lm_hash ? login->lm_hash : NULL,
            /* Wine's RtlGenRandom keeps its last numbers in advapi32's data. */
            .mix_random = true,
            .world = ssp_world(),
            .machine_id = machine_id(),
    };
    if (status == SEC_E_OK)
        status = ssp_status(ntlm_client_new(&config, engine));
    login_free(&saved);
    return status;
}
