#include "message.h"

/*   0       8      12
 *   +-------+------+----
 *   |NTLMSSP| type | ...      [MS-NLMP] 2.2.1; the signature ends in NUL
 *   +-------+------+----
 *
 *   +-----+--------+--------------+
 *   | Len | MaxLen | BufferOffset |   a field: 2, 2 and 4 bytes; MaxLen is ignored on receipt
 *   +-----+--------+--------------+
 */
static const uint8_t signature[8] = "NTLMSSP";

struct reader ntlm_message_begin(struct bytes token, enum ntlm_message_type type)
{
    struct reader r = reader_on(token);

    if (token.size > NTLM_TOKEN_LIMIT)
        reader_fail(&r);
    reader_expect(&r, bytes_of(signature, sizeof(signature)));
    if (reader_u32le(&r) != (uint32_t)type)
        reader_fail(&r);
    return r;
}

struct ntlm_field ntlm_field_read(struct reader *r)
{
    struct ntlm_field field;

    field.size = reader_u16le(r);
    reader_skip(r, 2);
    field.offset = reader_u32le(r);
    return field;
}

struct bytes ntlm_field_view(struct reader *r, struct ntlm_field field)
{
    return reader_field(r, field.offset, field.size);
}

void ntlm_message_start(struct writer *w, enum ntlm_message_type type)
{
    writer_bytes(w, bytes_of(signature, sizeof(signature)));
    writer_u32le(w, (uint32_t)type);
}

void ntlm_field_write(struct writer *w, struct bytes value, uint32_t *offset)
{
    if (value.size > UINT16_MAX) {
        if (w->status == ST_OK)
            w->status = ST_BAD_ARGUMENT;
        return;
    }
    writer_u16le(w, (uint16_t)value.size);
    writer_u16le(w, (uint16_t)value.size);
    writer_u32le(w, *offset);
    *offset += (uint32_t)value.size;
}
