/* May the credentials go to this server? The policy for the target, and whether the server is
 * authenticated, decide ("InitializeSecurityContext (CredSSP)", SEC_E_DELEGATION_POLICY,
 * SEC_E_POLICY_NLTM_ONLY; ISC_REQ_MUTUAL_AUTH: "Delegation policies are still enforced if this flag
 * is not specified"). It is asked as early as the answer is known: before the server hears of the
 * login, else before it has the proof of the password. What delegates nothing needs no policy (?).
 */
#include "provider.h"
#include "base/utf16.h"

static BOOL delegates(const struct context *c)
{
    return !c->inbound && c->request & ISC_REQ_DELEGATE;
}

static BOOL allowed(const struct context *c, BOOL authenticated)
{
    return delegation_allows(&c->credential->delegation, ssp_text(c->target), authenticated);
}

static SECURITY_STATUS refuse(const struct context *c, SECURITY_STATUS code, const char *why)
{
    char text[200];

    log_warn("credssp",
            "policy does not let these credentials go to %s %s: refused (0x%08lX); HKLM\\Software"
            "\\Policies\\Microsoft\\Windows\\CredentialsDelegation says which servers may have them",
            utf16_printable(ssp_text(c->target), text, sizeof text), why, code);
    return code;
}

SECURITY_STATUS delegation_for_target(const struct context *c)
{
    if (!delegates(c))
        return SEC_E_OK;
    if (!c->target || !*c->target) {
        log_warn("credssp", "credentials are to be delegated, but to no target: pass its SPN");
        return SEC_E_TARGET_UNKNOWN;
    }
    return allowed(c, TRUE) || allowed(c, FALSE)
                   ? SEC_E_OK
                   : refuse(c, SEC_E_DELEGATION_POLICY, "whoever it is");
}

BOOL delegation_depends(const struct context *c)
{
    return delegates(c) && allowed(c, TRUE) != allowed(c, FALSE);
}

enum status delegation_check(struct context *c, enum server_word word)
{
    if (!delegates(c) || word == SERVER_MAY_BE || allowed(c, word == SERVER_AUTHENTICATED))
        return ST_OK;
    c->inner_status =
            word == SERVER_AUTHENTICATED
                    ? refuse(c, SEC_E_DELEGATION_POLICY, "since it is authenticated")
                    : refuse(c, SEC_E_POLICY_NLTM_ONLY, "without a certificate that is trusted");
    return ST_POLICY;
}
