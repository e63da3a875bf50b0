/* mechListMIC, RFC 4178 section 5: a signature over the list of mechanisms, made with the mechanism
 * that was chosen from it, so that nobody on the way can shorten the list.
 *
 * Each direction's cipher state goes back as soon as its mechListMIC is dealt with:
 * [MS-SPNG] 3.3.5.1 has the server keep the handle of each direction, use it once, and set it back.
 */
#include "spnego/engine.h"
#include "base/log.h"

bool mic_possible(const struct spnego_context *c)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    return !mech->functions->can_mic || mech->functions->can_mic(mech->self);
}

bool mic_wanted(const struct spnego_context *c)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    return mic_possible(c) && mech->functions->mic_wanted && mech->functions->mic_wanted(mech->self);
}

bool mic_required(const struct spnego_context *c)
{
    return (c->mic_demanded && mic_possible(c)) || mic_wanted(c);
}

static enum status reset(const struct spnego_context *c, bool outgoing)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    return mech->functions->reset ? mech->functions->reset(mech->self, outgoing) : ST_OK;
}

enum status mic_make(struct spnego_context *c, struct spnego_mic *mic)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    mic->size = 0;
    enum status status = mech->functions->get_mic(mech->self, writer_view(&c->mech_types), mic);
    if (status == ST_CONTINUE || (status == ST_OK && (!mic->size || mic->size > SPNEGO_MIC_MAX)))
        status = ST_INTERNAL;
    if (!status_failed(status))
        status = reset(c, true);
    if (status_failed(status)) {
        log_error("spnego", "%s: %s can not sign mechListMIC: %s", c->side->name, mech_name(c),
                status_name(status));
        return status;
    }
    c->mic_sent = true;
    return ST_OK;
}

enum status mic_check(struct spnego_context *c, struct bytes mic)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    enum status status = mech->functions->verify_mic(mech->self, writer_view(&c->mech_types), mic);
    if (status_failed(status)) {
        log_warn("spnego",
                "%s: the peer's mechListMIC does not verify (%s): the list of mechanisms "
                "was changed on the way, or the peer is wrong",
                c->side->name, status_name(status));
        return status_class(status) == CLASS_PEER ? ST_BAD_SIGNATURE : status;
    }
    return reset(c, false);
}

enum status mic_missing(const struct spnego_context *c)
{
    log_warn("spnego", "%s: the peer sent no mechListMIC, but %s requires it", c->side->name,
            c->mic_demanded ? "the negotiation" : mech_name(c));
    return ST_BAD_SIGNATURE;
}

/* Tolerance: older servers repeat responseToken as mechListMIC (RFC 2478 days; met by smbprotocol,
 * pyspnego pull request 17). Such a copy counts as no MIC, so it never satisfies a demand for one.
 */
struct bytes mic_of(const struct neg_token_resp *resp)
{
    if (bytes_equal(resp->mech_list_mic, resp->response_token))
        return bytes_of(NULL, 0);
    return resp->mech_list_mic;
}
