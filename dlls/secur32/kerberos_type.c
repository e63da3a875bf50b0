/* Of which encryption type a login's keys are, read off its AP-REQ: what a message grows by depends on
 * that, and Wine's kerberos.dll does not say.
 *
 *   GSS-API's frame (RFC 2743, 3.1; none with DCE style): [APPLICATION 0] { OID, 01 00, AP-REQ }
 *   AP-REQ ::= [APPLICATION 14] SEQUENCE { pvno [0], msg-type [1], ap-options [2], ticket [3],
 *              authenticator [4] EncryptedData { etype [0] Int32, ... } }     (RFC 4120, 5.5.1)
 *
 * The authenticator is sealed with the ticket's session key. An acceptor's subkey may be of another type
 * (RFC 4537; seen with MIT's acceptors): the first message tells it (kerberos_unseal.c, checksum_told).
 */
#include "lsa_host.h"
#include "base/der.h"
#include "base/reader.h"

enum { FRAME = 0x60, AP_REQ = 0x6E, SEQUENCE = 0x30, INTEGER = 0x02, OID = 0x06 };

/* 1.2.840.113554.1.2.2, and the token id of an AP-REQ (RFC 4121, 4.1). */
static const uint8_t krb5[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t token_id[] = {0x01, 0x00};

/* Goes into GSS-API's frame; one of another mechanism fails R. */
static void unframe(struct reader *r)
{
    *r = der_enter(r, FRAME);
    if (!bytes_equal(der_get(r, OID), bytes_of(krb5, sizeof krb5)) ||
            !bytes_equal(reader_bytes(r, sizeof token_id), bytes_of(token_id, sizeof token_id)))
        reader_fail(r);
}

/* RFC 3962, RFC 8009: numbers, bits of a key, bytes of a checksum. The names (?): those that Windows' debugging extensions
 * have for encryption types, and the RFCs' for checksums. */
static const struct type {
    ULONG number, bits, checksum_number, checksum;
    const WCHAR *name, *checksum_name;
} types[] = {
        {17, 128, 15, 12, L"Kerberos AES128-CTS-HMAC-SHA1-96", L"HMAC-SHA1-96-AES128"},
        {18, 256, 16, 12, L"Kerberos AES256-CTS-HMAC-SHA1-96", L"HMAC-SHA1-96-AES256"},
        {19, 128, 19, 16, L"Kerberos AES128-CTS-HMAC-SHA256-128", L"HMAC-SHA256-128-AES128"},
        {20, 256, 20, 24, L"Kerberos AES256-CTS-HMAC-SHA384-192", L"HMAC-SHA384-192-AES256"},
};

static const struct type *find(ULONG number)
{
    for (SIZE_T i = 0; i < ARRAYSIZE(types); i++)
        if (types[i].number == number)
            return &types[i];
    return NULL;
}

ULONG kerberos_checksum(ULONG type)
{
    const struct type *t = find(type);

    return t ? t->checksum : 0;
}

/* Both of RFC 3962's have the same size: a subkey of theirs, where the session key is another's, is taken for the shorter, so
 * that nobody thinks a key longer than it is. */
ULONG kerberos_type_of_checksum(ULONG checksum)
{
    for (SIZE_T i = 0; i < ARRAYSIZE(types); i++)
        if (types[i].checksum == checksum)
            return types[i].number;
    return 0;
}

SECURITY_STATUS kerberos_key_info(ULONG type, SecPkgContext_KeyInfoW *info)
{
    const struct type *t = find(type);
    WCHAR *sign, *seal;

    if (!t)
        return SEC_E_UNSUPPORTED_FUNCTION;
    sign = ssp_heap_text(ssp_text(t->checksum_name));
    seal = ssp_heap_text(ssp_text(t->name));
    if (!sign || !seal) {
        ssp_heap_free(sign);
        ssp_heap_free(seal);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *info = (SecPkgContext_KeyInfoW){sign, seal, t->bits, t->checksum_number, t->number};
    return SEC_E_OK;
}

BOOL kerberos_first_token(struct bytes token, ULONG *type)
{
    struct reader r = reader_on(token), at;
    uint32_t etype;

    if (der_peek(&r) == FRAME)
        unframe(&r);
    at = der_enter(&r, AP_REQ);
    at = der_enter(&at, SEQUENCE);
    for (uint8_t i = 0; i < 4; i++)
        der_get(&at, DER_CONTEXT(i));
    at = der_enter(&at, DER_CONTEXT(4));
    at = der_enter(&at, SEQUENCE);
    at = der_enter(&at, DER_CONTEXT(0));
    etype = der_get_u32(&at, INTEGER);
    *type = reader_ok(&at) ? etype : 0;
    return reader_ok(&at);
}
