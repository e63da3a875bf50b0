/* NegTokenInit2, [MS-SPNG] 2.2.1: the first message of a server that speaks first. It has the same
 * place as NegTokenInit in NegotiationToken; who sent it tells them apart.
 *
 *   NegHints ::= SEQUENCE {
 *       hintName     [0] GeneralString OPTIONAL,
 *       hintAddress  [1] OCTET STRING OPTIONAL }
 *   NegTokenInit2 ::= SEQUENCE {
 *       mechTypes    [0] MechTypeList OPTIONAL,
 *       reqFlags     [1] ContextFlags OPTIONAL,
 *       mechToken    [2] OCTET STRING OPTIONAL,
 *       negHints     [3] NegHints OPTIONAL,
 *       mechListMIC  [4] OCTET STRING OPTIONAL, ... }
 *
 *   60 LL
 *      06 06 2B 06 01 05 05 02
 *      A0 LL
 *         30 LL
 *            A0 LL 30 LL (06 LL oid)*                mechTypes
 *            A3 LL 30 LL A0 LL 1B LL text            negHints: hintName
 */
#include "spnego/neg_token.h"
#include "spnego/spnego.h"

static struct bytes read_hints(struct reader *fields)
{
    if (der_peek(fields) != DER_CONTEXT(3))
        return bytes_of(NULL, 0);
    struct reader field = der_enter(fields, DER_CONTEXT(3));
    struct reader hints = der_enter(&field, DER_SEQUENCE);
    struct bytes name = neg_field(&hints, 0, DER_GENERAL_STRING);
    (void)neg_field(&hints, 1, DER_OCTET_STRING);
    if (!reader_done(&hints) || !reader_done(&field))
        reader_fail(fields);
    return name;
}

enum status neg_token_init2_read(struct bytes token, struct neg_token_init2 *init)
{
    struct bytes oid;
    struct reader framed = gss_framing_open(token, &oid);
    struct reader choice = der_enter(&framed, DER_CONTEXT(0));
    struct reader fields = der_enter(&choice, DER_SEQUENCE);
    struct neg_token_init2 got;
    got.mech_types = neg_field_mech_types(&fields);
    (void)neg_field(&fields, 1, DER_BIT_STRING);
    got.mech_token = neg_field(&fields, 2, DER_OCTET_STRING);
    got.hint_name = read_hints(&fields);
    got.mech_list_mic = neg_field(&fields, 4, DER_OCTET_STRING);
    if (!neg_fields_end(&fields, 4) || !reader_done(&choice) || !reader_done(&framed) ||
            !bytes_equal(oid, spnego_oid_spnego))
        return ST_BAD_TOKEN;
    *init = got;
    return ST_OK;
}

static size_t hints_size(struct bytes name)
{
    return name.size ? der_size(der_size(neg_field_size(name))) : 0;
}

static void write_hints(struct writer *w, struct bytes name)
{
    if (!name.size)
        return;
    der_head(w, DER_CONTEXT(3), der_size(neg_field_size(name)));
    der_head(w, DER_SEQUENCE, neg_field_size(name));
    neg_put_field(w, 0, DER_GENERAL_STRING, name);
}

void neg_token_init2_write(const struct neg_token_init2 *init, struct writer *w)
{
    size_t end = neg_open_init(w, neg_mech_types_size(init->mech_types) +
                    neg_field_size(init->mech_token) + hints_size(init->hint_name) +
                    neg_field_size(init->mech_list_mic));
    neg_put_mech_types(w, init->mech_types);
    neg_put_field(w, 2, DER_OCTET_STRING, init->mech_token);
    write_hints(w, init->hint_name);
    neg_put_field(w, 4, DER_OCTET_STRING, init->mech_list_mic);
    neg_close(w, end);
}
