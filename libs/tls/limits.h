/* What a config may not negotiate, on top of what is never offered.
 *
 * A rule names an algorithm, how it is used and which sizes of it are meant; it is what
 * CRYPTO_SETTINGS of Windows can say ("CRYPTO_SETTINGS structure"). Everything that a rule hits is
 * off; with several rules, what any of them hits. Whatever is left is negotiated as always: rules
 * never turn anything on.
 */
#ifndef TLS_LIMITS_H
#define TLS_LIMITS_H

#include "base/bytes.h"

enum tls_use {
    TLS_USE_EXCHANGE,  /* how keys are agreed on: suites up to TLS 1.2, groups in all versions */
    TLS_USE_SIGNATURE, /* what the handshake is signed with: certificates' keys, suites */
    TLS_USE_CIPHER,
    TLS_USE_DIGEST,         /* the hash at the end of a suite's name */
    TLS_USE_CERT_SIGNATURE, /* signature schemes, and the signatures in the peer's chain */
};

enum tls_algorithm {
    TLS_ALG_ANY, /* of the use */
    TLS_ALG_RSA, /* whatever its padding */
    TLS_ALG_RSA_PKCS1,
    TLS_ALG_RSA_PSS,
    TLS_ALG_DSA,
    TLS_ALG_DH,
    TLS_ALG_ECDH,
    TLS_ALG_ECDSA,
    TLS_ALG_EDDSA,
    TLS_ALG_AES,
    TLS_ALG_3DES,
    TLS_ALG_CHACHA20,
    TLS_ALG_MD5,
    TLS_ALG_SHA1,
    TLS_ALG_SHA224,
    TLS_ALG_SHA256,
    TLS_ALG_SHA384,
    TLS_ALG_SHA512,
};

enum { TLS_MODE_CBC = 1, TLS_MODE_GCM = 2, TLS_MODE_CCM = 4 };

struct tls_rule {
    enum tls_use use;
    enum tls_algorithm algorithm;
    unsigned modes; /* TLS_MODE_ bits; 0: all */
    /* Of keys, bits: sizes below MIN, above MAX and of EXACT are hit. All 0: every size is. */
    unsigned min, max, exact;
};

enum { TLS_RULES_MAX = 96 };
struct tls_limits {
    struct tls_rule rules[TLS_RULES_MAX];
    size_t count;
};

/* One rule more. ST_BAD_ARGUMENT: there are too many. */
MUST_USE enum status tls_limits_add(struct tls_limits *limits, const struct tls_rule *rule);
/* Is anything left of what WHICH hits? */
bool tls_limits_leave(const struct tls_limits *limits, const struct tls_rule *which);
/* All rules of MORE. */
MUST_USE enum status tls_limits_join(struct tls_limits *limits, const struct tls_limits *more);

#endif
