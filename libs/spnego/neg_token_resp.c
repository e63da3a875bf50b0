/* NegTokenResp, RFC 4178 4.2.2: every message after the first, in both directions, without framing.
 *
 *   NegTokenResp ::= SEQUENCE {
 *       negState       [0] ENUMERATED { accept-completed (0), accept-incomplete (1),
 *                                       reject (2), request-mic (3) } OPTIONAL,
 *       supportedMech  [1] MechType OPTIONAL,        -- in the target's first reply only
 *       responseToken  [2] OCTET STRING OPTIONAL,
 *       mechListMIC    [3] OCTET STRING OPTIONAL, ... }
 *
 *   A1 LL                                  NegotiationToken: [1] NegTokenResp
 *      30 LL
 *         A0 03 0A 01 ss                   negState
 *         A1 LL 06 LL oid                  supportedMech
 *         A2 LL 04 LL octets               responseToken
 *         A3 LL 04 LL octets               mechListMIC
 */
#include "spnego/neg_token.h"

static enum neg_state read_neg_state(struct reader *fields)
{
    if (der_peek(fields) != DER_CONTEXT(0))
        return NEG_STATE_ABSENT;
    struct reader field = der_enter(fields, DER_CONTEXT(0));
    uint32_t state = der_get_u32(&field, DER_ENUMERATED);
    if (!reader_done(&field) || state > NEG_REQUEST_MIC)
        reader_fail(fields);
    return (enum neg_state)state;
}

enum status neg_token_resp_read(struct bytes token, struct neg_token_resp *resp)
{
    struct reader r = reader_on(token);
    struct reader choice = der_enter(&r, DER_CONTEXT(1));
    struct reader fields = der_enter(&choice, DER_SEQUENCE);
    struct neg_token_resp got;
    got.neg_state = read_neg_state(&fields);
    got.supported_mech = neg_field(&fields, 1, DER_OID);
    got.response_token = neg_field(&fields, 2, DER_OCTET_STRING);
    got.mech_list_mic = neg_field(&fields, 3, DER_OCTET_STRING);
    if (!neg_fields_end(&fields, 3) || !reader_done(&choice) || !reader_done(&r))
        return ST_BAD_TOKEN;
    *resp = got;
    return ST_OK;
}

void neg_token_resp_write(const struct neg_token_resp *resp, struct writer *w)
{
    const uint8_t state = (uint8_t)resp->neg_state;
    struct bytes neg_state = bytes_of(&state, resp->neg_state == NEG_STATE_ABSENT ? 0 : 1);
    size_t fields = neg_field_size(neg_state) + neg_field_size(resp->supported_mech) +
                    neg_field_size(resp->response_token) + neg_field_size(resp->mech_list_mic);
    size_t end = neg_open_resp(w, fields);
    neg_put_field(w, 0, DER_ENUMERATED, neg_state);
    neg_put_field(w, 1, DER_OID, resp->supported_mech);
    neg_put_field(w, 2, DER_OCTET_STRING, resp->response_token);
    neg_put_field(w, 3, DER_OCTET_STRING, resp->mech_list_mic);
    neg_close(w, end);
}
