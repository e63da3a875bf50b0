/* TSCredentials. [MS-CSSP] 2.2.1.2 to 2.2.1.2.3; DER, EXPLICIT tags:
 *
 *   TSCredentials ::= SEQUENCE {
 *       credType    [0] INTEGER,        1 password, 2 smart card, 6 remote credential guard
 *       credentials [1] OCTET STRING    DER of the structure that credType says
 *   }
 *   TSPasswordCreds ::= SEQUENCE {
 *       domainName [0] OCTET STRING,    UTF-16LE, no NUL
 *       userName   [1] OCTET STRING,
 *       password   [2] OCTET STRING
 *   }
 *   TSSmartCardCreds ::= SEQUENCE {
 *       pin        [0] OCTET STRING,
 *       cspData    [1] TSCspDataDetail,
 *       userHint   [2] OCTET STRING OPTIONAL,
 *       domainHint [3] OCTET STRING OPTIONAL
 *   }
 *   TSCspDataDetail ::= SEQUENCE {
 *       keySpec       [0] INTEGER,
 *       cardName      [1] OCTET STRING OPTIONAL,
 *       readerName    [2] OCTET STRING OPTIONAL,
 *       containerName [3] OCTET STRING OPTIONAL,
 *       cspName       [4] OCTET STRING OPTIONAL
 *   }
 *   TSRemoteGuardCreds ::= SEQUENCE {
 *       logonCred         [0] TSRemoteGuardPackageCred,
 *       supplementalCreds [1] SEQUENCE OF TSRemoteGuardPackageCred OPTIONAL
 *   }
 *   TSRemoteGuardPackageCred ::= SEQUENCE {
 *       packageName [0] OCTET STRING,
 *       credBuffer  [1] OCTET STRING
 *   }
 */
#include "tscredentials.h"

#include "base/der.h"

static struct bytes get_octets(struct reader *r, uint8_t tag)
{
    struct reader field = der_enter(r, tag);
    struct bytes v = der_get(&field, DER_OCTET_STRING);
    if (!reader_done(&field))
        reader_fail(r);
    return v;
}

/* An OCTET STRING of whole UTF-16 units. */
static struct bytes get_text(struct reader *r, uint8_t tag)
{
    struct bytes v = get_octets(r, tag);
    if (v.size % 2)
        reader_fail(r);
    return v;
}

static enum status decode_password(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    struct bytes domain = get_text(&fields, DER_CONTEXT(0));
    struct bytes user = get_text(&fields, DER_CONTEXT(1));
    struct bytes password = get_text(&fields, DER_CONTEXT(2));
    if (!reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;

    if (!domain.size && !user.size && !password.size)
        out->type = CREDSSP_CRED_EMPTY;
    enum status s = blob_set(&out->domain, domain);
    if (s == ST_OK)
        s = blob_set(&out->user, user);
    if (s == ST_OK)
        s = blob_set(&out->password, password);
    return s;
}

/* [TAG] OCTET STRING OPTIONAL, as text; OUT stays empty without it. */
static enum status get_optional(struct reader *r, uint8_t tag, struct blob *out)
{
    if (der_peek(r) != tag)
        return ST_OK;
    return blob_set(out, get_text(r, tag));
}

static enum status decode_csp(struct reader *r, struct credssp_credentials *out)
{
    struct reader field = der_enter(r, DER_CONTEXT(1));
    struct reader fields = der_enter(&field, DER_SEQUENCE);
    struct reader spec = der_enter(&fields, DER_CONTEXT(0));
    out->key_spec = der_get_u32(&spec, DER_INTEGER);
    if (!reader_done(&spec))
        reader_fail(&fields);
    enum status s = get_optional(&fields, DER_CONTEXT(1), &out->card);
    if (s == ST_OK)
        s = get_optional(&fields, DER_CONTEXT(2), &out->reader);
    if (s == ST_OK)
        s = get_optional(&fields, DER_CONTEXT(3), &out->container);
    if (s == ST_OK)
        s = get_optional(&fields, DER_CONTEXT(4), &out->csp);
    if (!reader_done(&fields) || !reader_done(&field))
        reader_fail(r);
    return s;
}

static enum status decode_smartcard(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    enum status s = blob_set(&out->password, get_text(&fields, DER_CONTEXT(0)));
    if (s == ST_OK)
        s = decode_csp(&fields, out);
    if (s == ST_OK)
        s = get_optional(&fields, DER_CONTEXT(2), &out->user);
    if (s == ST_OK)
        s = get_optional(&fields, DER_CONTEXT(3), &out->domain);
    if (s != ST_OK)
        return s;
    return reader_done(&fields) && reader_done(&r) ? ST_OK : ST_BAD_TOKEN;
}

/* A package without a name is none. */
static void check_package(struct reader *r)
{
    struct reader fields = der_enter(r, DER_SEQUENCE);
    struct bytes name = get_text(&fields, DER_CONTEXT(0));
    get_octets(&fields, DER_CONTEXT(1));
    if (!name.size || !reader_done(&fields))
        reader_fail(r);
}

/* What is in the buffers is for the packages; that they are there and whole is for us. */
static enum status decode_remote_guard(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    struct reader logon = der_enter(&fields, DER_CONTEXT(0));
    check_package(&logon);
    if (!reader_done(&logon))
        reader_fail(&fields);
    if (der_peek(&fields) == DER_CONTEXT(1)) {
        struct reader field = der_enter(&fields, DER_CONTEXT(1));
        struct reader list = der_enter(&field, DER_SEQUENCE);
        while (reader_left(&list))
            check_package(&list);
        if (!reader_done(&list) || !reader_done(&field))
            reader_fail(&fields);
    }
    if (!reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;
    return blob_set(&out->raw, in);
}

static enum status decode_typed(uint32_t type, struct bytes in, struct credssp_credentials *out)
{
    switch (type) {
    case CREDSSP_CRED_PASSWORD:
        out->type = CREDSSP_CRED_PASSWORD;
        return decode_password(in, out);
    case CREDSSP_CRED_SMARTCARD:
        out->type = CREDSSP_CRED_SMARTCARD;
        return decode_smartcard(in, out);
    case CREDSSP_CRED_REMOTE_GUARD:
        out->type = CREDSSP_CRED_REMOTE_GUARD;
        return decode_remote_guard(in, out);
    default:
        return ST_PEER_UNSUPPORTED;
    }
}

enum status tscredentials_decode(struct bytes in, struct credssp_credentials *out)
{
    struct reader r = reader_on(in);
    struct reader fields = der_enter(&r, DER_SEQUENCE);
    struct reader type_field = der_enter(&fields, DER_CONTEXT(0));
    uint32_t type = der_get_u32(&type_field, DER_INTEGER);
    struct bytes credentials = get_octets(&fields, DER_CONTEXT(1));
    if (!reader_done(&type_field) || !reader_done(&fields) || !reader_done(&r))
        return ST_BAD_TOKEN;

    struct credssp_credentials got = {0};
    enum status s = decode_typed(type, credentials, &got);
    if (s == ST_OK)
        *out = got;
    else
        credssp_credentials_free(&got);
    return s;
}

void credssp_credentials_free(struct credssp_credentials *credentials)
{
    blob_free(&credentials->domain);
    blob_free(&credentials->user);
    blob_free(&credentials->password);
    blob_free(&credentials->card);
    blob_free(&credentials->reader);
    blob_free(&credentials->container);
    blob_free(&credentials->csp);
    blob_free(&credentials->raw);
    credentials->key_spec = 0;
    credentials->type = CREDSSP_CRED_EMPTY;
}
