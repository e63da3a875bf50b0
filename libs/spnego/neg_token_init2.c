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

static void write_hints(struct writer *w, struct bytes name)
{
    if (!name.size)
        return;
    size_t field = der_open(w, DER_CONTEXT(3));
    size_t hints = der_open(w, DER_SEQUENCE);
    neg_put_field(w, 0, DER_GENERAL_STRING, name);
    der_close(w, hints);
    der_close(w, field);
}

enum status neg_token_init2_write(const struct neg_token_init2 *init, struct blob *out)
{
    struct writer w = {0};
    writer_reserve(&w, NEG_FRAMES_SIZE + init->mech_types.size + init->mech_token.size +
                    init->hint_name.size + init->mech_list_mic.size);
    size_t framed = der_open(&w, DER_APPLICATION(0));
    der_put(&w, DER_OID, spnego_oid_spnego);
    size_t choice = der_open(&w, DER_CONTEXT(0));
    size_t fields = der_open(&w, DER_SEQUENCE);
    if (init->mech_types.size) {
        size_t list = der_open(&w, DER_CONTEXT(0));
        der_put_raw(&w, init->mech_types);
        der_close(&w, list);
    }
    neg_put_field(&w, 2, DER_OCTET_STRING, init->mech_token);
    write_hints(&w, init->hint_name);
    neg_put_field(&w, 4, DER_OCTET_STRING, init->mech_list_mic);
    der_close(&w, fields);
    der_close(&w, choice);
    der_close(&w, framed);
    return writer_finish(&w, out);
}
