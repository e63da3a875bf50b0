/* NegTokenInit, RFC 4178 4.2.1: the initiator's first message, framed by GSS-API (RFC 4178 4.2).
 *
 *   NegTokenInit ::= SEQUENCE {
 *       mechTypes    [0] MechTypeList,
 *       reqFlags     [1] ContextFlags OPTIONAL,      -- inherited from RFC 2478, ignored
 *       mechToken    [2] OCTET STRING OPTIONAL,
 *       mechListMIC  [3] OCTET STRING OPTIONAL, ... }
 *
 *   60 LL                                  InitialContextToken
 *      06 06 2B 06 01 05 05 02             1.3.6.1.5.5.2
 *      A0 LL                               NegotiationToken: [0] NegTokenInit
 *         30 LL
 *            A0 LL 30 LL (06 LL oid)*      mechTypes
 *            A1 LL 03 LL bits              reqFlags
 *            A2 LL 04 LL octets            mechToken
 *            A3 LL 04 LL octets            mechListMIC
 */
#include "spnego/neg_token.h"
#include "spnego/spnego.h"

enum status neg_token_init_read(struct bytes token, struct neg_token_init *init)
{
    struct bytes oid;
    struct reader framed = gss_framing_open(token, &oid);
    struct reader choice = der_enter(&framed, DER_CONTEXT(0));
    struct reader fields = der_enter(&choice, DER_SEQUENCE);
    struct neg_token_init got;
    got.mech_types = neg_field_mech_types(&fields);
    (void)neg_field(&fields, 1, DER_BIT_STRING);
    got.mech_token = neg_field(&fields, 2, DER_OCTET_STRING);
    got.mech_list_mic = neg_field(&fields, 3, DER_OCTET_STRING);
    if (!neg_fields_end(&fields, 3) || !reader_done(&choice) || !reader_done(&framed) ||
            !bytes_equal(oid, spnego_oid_spnego) || !got.mech_types.size)
        return ST_BAD_TOKEN;
    *init = got;
    return ST_OK;
}

void neg_token_init_write(const struct neg_token_init *init, struct writer *w)
{
    size_t end = neg_open_init(w, neg_mech_types_size(init->mech_types) +
                    neg_field_size(init->mech_token) + neg_field_size(init->mech_list_mic));
    neg_put_mech_types(w, init->mech_types);
    neg_put_field(w, 2, DER_OCTET_STRING, init->mech_token);
    neg_put_field(w, 3, DER_OCTET_STRING, init->mech_list_mic);
    neg_close(w, end);
}
