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

enum status neg_token_resp_write(const struct neg_token_resp *resp, struct blob *out)
{
    struct writer w = {0};
    writer_reserve(&w, NEG_FRAMES_SIZE + resp->supported_mech.size + resp->response_token.size +
                    resp->mech_list_mic.size);
    size_t choice = der_open(&w, DER_CONTEXT(1));
    size_t fields = der_open(&w, DER_SEQUENCE);
    if (resp->neg_state != NEG_STATE_ABSENT) {
        size_t field = der_open(&w, DER_CONTEXT(0));
        der_put_u32(&w, DER_ENUMERATED, resp->neg_state);
        der_close(&w, field);
    }
    neg_put_field(&w, 1, DER_OID, resp->supported_mech);
    neg_put_field(&w, 2, DER_OCTET_STRING, resp->response_token);
    neg_put_field(&w, 3, DER_OCTET_STRING, resp->mech_list_mic);
    der_close(&w, fields);
    der_close(&w, choice);
    return writer_finish(&w, out);
}
