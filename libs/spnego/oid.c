/* Object identifiers as contents octets: RFC 4178 section 1, RFC 4121 section 1, [MS-SPNG] 1.9,
 * [MS-NEGOEX] 1.9; the second of Kerberos is the misspelling of RFC 4178 Appendix C. */
#include "spnego/spnego.h"

static const uint8_t spnego[] = {0x2B, 6, 1, 5, 5, 2};
static const uint8_t ntlm[] = {0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};
static const uint8_t krb5[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2};
static const uint8_t ms_krb5[] = {0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 1, 2, 2};
static const uint8_t krb5_u2u[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 1, 2, 2, 3};
static const uint8_t negoex[] = {0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30};

const struct bytes spnego_oid_spnego = {spnego, sizeof(spnego)};
const struct bytes spnego_oid_ntlm = {ntlm, sizeof(ntlm)};
const struct bytes spnego_oid_krb5 = {krb5, sizeof(krb5)};
const struct bytes spnego_oid_ms_krb5 = {ms_krb5, sizeof(ms_krb5)};
const struct bytes spnego_oid_krb5_u2u = {krb5_u2u, sizeof(krb5_u2u)};
const struct bytes spnego_oid_negoex = {negoex, sizeof(negoex)};
