/* Whom a CertificateRequest would believe: the names of authorities that it ends with (TLS 1.0 to
 * 1.2) or has in an extension (TLS 1.3):
 *
 *   1.0, 1.1  | types <1> |                     | authorities <2>            RFC 4346 7.4.4
 *   1.2       | types <1> | signatures <2>      | authorities <2>            RFC 5246 7.4.4
 *   1.3       | context <1> | extensions <2>: type 2, <2>                    RFC 8446 4.3.2
 *   authorities: | size 2 | per name: size 2, DER Name |                     RFC 8446 4.2.4
 */
#include "internal.h"

enum { EXTENSION_CERTIFICATE_AUTHORITIES = 47 };

static bool read_issuers(struct reader *r, struct request *q)
{
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    while (reader_ok(&list) && reader_left(&list)) {
        struct bytes name = reader_bytes(&list, reader_u16be(&list));
        if (reader_ok(&list) && q->count < REQUEST_ISSUERS_MAX)
            q->issuers[q->count++] = name;
    }
    return reader_ok(&list) && reader_ok(r);
}

static bool read_request13(struct reader *r, struct request *q)
{
    reader_skip(r, reader_u8(r)); /* context */
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        struct reader body = reader_on(reader_bytes(&list, reader_u16be(&list)));
        if (reader_ok(&list) && type == EXTENSION_CERTIFICATE_AUTHORITIES &&
                !read_issuers(&body, q))
            return false;
    }
    return reader_ok(&list) && reader_ok(r);
}

bool request_read(gnutls_protocol_t version, struct bytes message, struct request *q)
{
    struct reader r = reader_on(message);
    if (version == GNUTLS_TLS1_3)
        return read_request13(&r, q);
    reader_skip(&r, reader_u8(&r)); /* certificate types */
    if (version == GNUTLS_TLS1_2)
        reader_skip(&r, reader_u16be(&r)); /* signature algorithms */
    return read_issuers(&r, q);
}
