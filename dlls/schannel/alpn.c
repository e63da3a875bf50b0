/* SECBUFFER_APPLICATION_PROTOCOLS: what the program puts into the input of the first leg.
 *
 *  SEC_APPLICATION_PROTOCOLS ("SEC_APPLICATION_PROTOCOLS structure", sspi.h), little-endian:
 *  | ProtocolListsSize u32 | then per list: ProtoNegoExt u32 (ALPN is 2) | ProtocolListSize u16 |
 *  | per protocol: size u8, name |
 */
#include "schannel.h"

#define MAX_PROTOCOLS 64

/* One list; names are appended to IDS. */
static void read_list(struct reader *r, struct bytes *ids, size_t *count)
{
    uint32_t extension = reader_u32le(r);
    struct reader names = reader_on(reader_bytes(r, reader_u16le(r)));
    if (extension != SecApplicationProtocolNegotiationExt_ALPN)
        return; /* NPN: obsolete, never offered */
    while (reader_ok(&names) && reader_left(&names)) {
        struct bytes id = reader_bytes(&names, reader_u8(&names));
        if (!id.size || *count == MAX_PROTOCOLS)
            reader_fail(&names);
        else
            ids[(*count)++] = id;
    }
    if (!reader_ok(&names))
        reader_fail(r);
}

SECURITY_STATUS alpn_from_input(const SecBufferDesc *input, struct tls_session *tls)
{
    struct bytes ids[MAX_PROTOCOLS];
    size_t count = 0;
    PSecBuffer buffer = input ? ssp_buffer_find(input, SECBUFFER_APPLICATION_PROTOCOLS, 0) : NULL;
    if (!buffer || !buffer->cbBuffer)
        return SEC_E_OK;
    struct reader whole = reader_on(ssp_buffer_bytes(buffer));
    struct reader lists = reader_on(reader_bytes(&whole, reader_u32le(&whole)));
    while (reader_ok(&lists) && reader_left(&lists))
        read_list(&lists, ids, &count);
    if (!reader_ok(&whole) || !reader_ok(&lists))
        return SEC_E_INVALID_PARAMETER;
    return count ? schannel_status(tls_session_set_alpn(tls, ids, count), tls) : SEC_E_OK;
}
