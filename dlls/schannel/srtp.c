/* use_srtp: what the program puts into the input of the first leg, and what came of it.
 *
 *  SEC_SRTP_PROTECTION_PROFILES    | ProfilesSize u16le, bytes | profiles, as on the wire: big-endian |
 *  SEC_SRTP_MASTER_KEY_IDENTIFIER  | MasterKeyIdentifierSize u8 | bytes |
 *
 * "SEC_SRTP_PROTECTION_PROFILES structure", "SEC_SRTP_MASTER_KEY_IDENTIFIER structure",
 * "SecPkgContext_SrtpParameters structure"; the byte order is what programs use on Windows
 * (docs/interop.md).
 */
#include "schannel.h"

static struct reader input_reader(const SecBufferDesc *input, ULONG type)
{
    PSecBuffer buffer = input ? ssp_buffer_find(input, type, 0) : NULL;
    return reader_on(buffer ? ssp_buffer_bytes(buffer) : bytes_of(NULL, 0));
}

SECURITY_STATUS srtp_from_input(const SecBufferDesc *input, struct tls_session *tls)
{
    uint16_t profiles[TLS_SRTP_PROFILES_MAX];
    size_t count = 0;
    struct reader whole = input_reader(input, SECBUFFER_SRTP_PROTECTION_PROFILES);
    struct reader id = input_reader(input, SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER);
    struct bytes mki = {0};
    if (!reader_left(&whole))
        return SEC_E_OK;
    struct reader list = reader_on(reader_bytes(&whole, reader_u16le(&whole)));
    while (reader_ok(&list) && reader_left(&list) && count < TLS_SRTP_PROFILES_MAX)
        profiles[count++] = reader_u16be(&list);
    if (reader_left(&id))
        mki = reader_bytes(&id, reader_u8(&id));
    if (!reader_ok(&whole) || !reader_done(&list) || !reader_ok(&id) || !count)
        return SEC_E_INVALID_PARAMETER;
    return schannel_status(tls_session_set_srtp(tls, profiles, count, mki), tls);
}

SECURITY_STATUS query_srtp(struct context *c, void *buffer)
{
    SecPkgContext_SrtpParameters *out = buffer;
    uint16_t profile;
    struct bytes mki;
    if (!c->datagram)
        return SEC_E_UNSUPPORTED_FUNCTION;
    enum status s = tls_srtp(c->tls, &profile, &mki);
    if (s != ST_OK)
        return schannel_status(s, c->tls);
    BYTE *copy = mki.size ? ssp_heap_alloc(mki.size) : NULL;
    if (mki.size && !copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (copy)
        CopyMemory(copy, mki.data, mki.size);
    out->ProtectionProfile = (USHORT)(profile << 8 | profile >> 8);
    out->MasterKeyIdentifierSize = (UCHAR)mki.size;
    out->MasterKeyIdentifier = copy;
    return SEC_E_OK;
}
