/* The pieces that SPNEGO's messages share: EXPLICIT tags, MechTypeList, GSS-API framing.
 *
 *   MechTypeList ::= SEQUENCE OF MechType        MechType ::= OBJECT IDENTIFIER     RFC 4178 4.1
 *
 *   30 LL                                        SEQUENCE
 *      06 LL oid ...                             in order of preference
 *
 *   InitialContextToken ::= [APPLICATION 0] IMPLICIT SEQUENCE {                     RFC 2743 3.1
 *       thisMech MechType, innerContextToken ANY DEFINED BY thisMech }
 *
 *   60 LL
 *      06 LL oid
 *      inner token
 */
#include "spnego/neg_token.h"
#include "spnego/spnego.h"

/* What was entered must have been read to its end, or the message is malformed. */
static void leave(struct reader *outer, const struct reader *inner)
{
    if (!reader_done(inner))
        reader_fail(outer);
}

struct bytes neg_field(struct reader *r, unsigned n, uint8_t tag)
{
    if (der_peek(r) != DER_CONTEXT(n))
        return bytes_of(NULL, 0);
    struct reader field = der_enter(r, DER_CONTEXT(n));
    struct bytes value = der_get(&field, tag);
    leave(r, &field);
    return value;
}

struct reader mech_type_list_open(struct bytes mech_types)
{
    struct reader r = reader_on(mech_types);
    return der_enter(&r, DER_SEQUENCE);
}

struct bytes neg_field_mech_types(struct reader *r)
{
    if (der_peek(r) != DER_CONTEXT(0))
        return bytes_of(NULL, 0);
    struct reader field = der_enter(r, DER_CONTEXT(0));
    struct bytes list = der_get_any(&field, NULL);
    struct reader oids = mech_type_list_open(list);
    while (reader_ok(&oids) && reader_left(&oids))
        if (!der_get(&oids, DER_OID).size)
            reader_fail(&oids);
    leave(r, &field);
    leave(r, &oids);
    return list;
}

bool neg_fields_end(struct reader *r, unsigned last)
{
    /* Only context tags are passed over: anything else is no field of a later version. */
    while (reader_ok(r) && reader_left(r)) {
        uint8_t tag = 0;
        der_get_any(r, &tag);
        if ((tag & 0xE0) != 0xA0 || tag <= DER_CONTEXT(last))
            reader_fail(r);
    }
    return reader_done(r);
}

size_t neg_field_size(struct bytes contents)
{
    return contents.size ? der_size(der_size(contents.size)) : 0;
}

void neg_put_field(struct writer *w, unsigned n, uint8_t tag, struct bytes contents)
{
    if (!contents.size)
        return;
    der_head(w, DER_CONTEXT(n), der_size(contents.size));
    der_put(w, tag, contents);
}

size_t neg_mech_types_size(struct bytes list)
{
    return list.size ? der_size(list.size) : 0;
}

void neg_put_mech_types(struct writer *w, struct bytes list)
{
    if (!list.size)
        return;
    der_head(w, DER_CONTEXT(0), list.size);
    der_put_raw(w, list);
}

size_t neg_open_init(struct writer *w, size_t fields)
{
    size_t choice = der_size(fields), inner = der_size(choice);
    size_t framed = der_size(spnego_oid_spnego.size) + inner;
    size_t end = writer_at(w) + der_size(framed);
    writer_reserve(w, end);
    der_head(w, DER_APPLICATION(0), framed);
    der_put(w, DER_OID, spnego_oid_spnego);
    der_head(w, DER_CONTEXT(0), choice);
    der_head(w, DER_SEQUENCE, fields);
    return end;
}

size_t neg_open_resp(struct writer *w, size_t fields)
{
    size_t end = writer_at(w) + der_size(der_size(fields));
    writer_reserve(w, end);
    der_head(w, DER_CONTEXT(1), der_size(fields));
    der_head(w, DER_SEQUENCE, fields);
    return end;
}

void neg_close(struct writer *w, size_t end)
{
    if (w->status == ST_OK && writer_at(w) != end)
        w->status = ST_INTERNAL;
}

void mech_type_list_write(const struct bytes *oids, size_t count, struct writer *w)
{
    size_t list = 0;
    for (size_t i = 0; i < count; i++)
        list += der_size(oids[i].size);
    writer_reserve(w, der_size(list));
    der_head(w, DER_SEQUENCE, list);
    for (size_t i = 0; i < count; i++)
        der_put(w, DER_OID, oids[i]);
}

struct reader gss_framing_open(struct bytes token, struct bytes *oid)
{
    struct reader r = reader_on(token);
    struct reader inner = der_enter(&r, DER_APPLICATION(0));
    *oid = der_get(&inner, DER_OID);
    if (!reader_done(&r))
        reader_fail(&inner);
    return inner;
}
