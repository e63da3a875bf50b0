/* SslGetServerIdentity: the server name in a ClientHello, before there is a context.
 *
 *   record  | 22 | version 2 | length 2 | handshake ...                        RFC 8446 5.1
 *   message | 1  | length 3  | version 2 | random 32 | session id <1> | suites <2> | compression
 * <1> | | extensions <2>: type 2, <2> | server_name (0): list <2>: type 1 (0 host_name), <2> | RFC
 * 6066 3
 */
#include "schannel.h"

enum { RECORD_HANDSHAKE = 22, MESSAGE_CLIENT_HELLO = 1, EXTENSION_SERVER_NAME = 0, NAME_HOST = 0 };

/* The extensions of the ClientHello in R, which stands behind the record's header. */
static struct reader extensions_of(struct reader *r)
{
    if (reader_u8(r) != MESSAGE_CLIENT_HELLO)
        reader_fail(r);
    struct reader hello = reader_on(reader_bytes(r, reader_u24be(r)));
    reader_skip(&hello, 2 + 32); /* version, random */
    reader_skip(&hello, reader_u8(&hello));
    reader_skip(&hello, reader_u16be(&hello));
    reader_skip(&hello, reader_u8(&hello));
    if (!reader_left(&hello) && reader_ok(&hello) && reader_ok(r))
        return reader_on(bytes_of(NULL, 0)); /* none: TLS 1.2 and older may leave them out */
    struct reader list = reader_on(reader_bytes(&hello, reader_u16be(&hello)));
    if (!reader_ok(&hello) || !reader_ok(r))
        reader_fail(&list);
    return list;
}

static struct bytes host_name(struct bytes extension)
{
    struct reader whole = reader_on(extension);
    struct reader list = reader_on(reader_bytes(&whole, reader_u16be(&whole)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint8_t type = reader_u8(&list);
        struct bytes name = reader_bytes(&list, reader_u16be(&list));
        if (type == NAME_HOST)
            return name; /* empty if LIST has failed */
    }
    return bytes_of(NULL, 0);
}

static SECURITY_STATUS find_name(struct reader *r, struct bytes *name)
{
    struct reader list = extensions_of(r);
    *name = bytes_of(NULL, 0);
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        struct bytes body = reader_bytes(&list, reader_u16be(&list));
        if (type == EXTENSION_SERVER_NAME)
            *name = host_name(body);
    }
    return reader_ok(&list) ? SEC_E_OK : SEC_E_ILLEGAL_MESSAGE;
}

/* The message may be followed by more; a fragmented ClientHello is not put together. */
SECURITY_STATUS WINAPI SslGetServerIdentity(
        PBYTE hello, DWORD size, PBYTE *identity, PDWORD identity_size, DWORD flags)
{
    struct bytes name;
    if (!hello || !identity || !identity_size || flags)
        return SEC_E_INVALID_PARAMETER;
    struct reader r = reader_on(bytes_of(hello, size));
    uint8_t type = reader_u8(&r);
    reader_skip(&r, 2);
    size_t length = reader_u16be(&r);
    if (!reader_ok(&r) || reader_left(&r) < length)
        return SEC_E_INCOMPLETE_MESSAGE;
    struct reader message = reader_on(reader_bytes(&r, length));
    SECURITY_STATUS s =
            type == RECORD_HANDSHAKE ? find_name(&message, &name) : SEC_E_ILLEGAL_MESSAGE;
    if (s != SEC_E_OK)
        return s;
    *identity = name.size ? (BYTE *)name.data : NULL;
    *identity_size = (DWORD)name.size;
    return SEC_E_OK;
}
