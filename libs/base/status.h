/* Status of every operation in libs/.
 *
 * One type inside, one translation to SECURITY_STATUS at the edge (libs/ssp/status.c).
 * The high byte is the class: whose fault it is decides how it is logged and what the edge says.
 * Every function that returns it is marked MUST_USE: an ignored failure does not compile.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#define MUST_USE __attribute__((warn_unused_result))

enum status {
    /* Success. ST_CONTINUE: the engine wants another token from the peer. */
    ST_OK = 0,
    ST_CONTINUE = 1,
    /* Not a failure of the engine: nothing was consumed, more bytes of the same message are needed.
     */
    ST_INCOMPLETE = 2,
    /* The peer closed the stream in order (TLS close_notify). */
    ST_CLOSED = 3,
    /* The peer sent something (post-handshake message, renegotiation request) that the handshake
     * function has to see before the stream can go on. */
    ST_RENEGOTIATE = 4,
    /* TLS client: the server asks for a certificate and there is none; ask the caller. */
    ST_NEED_CERTIFICATE = 5,

    /* The peer's fault. */
    ST_BAD_TOKEN = 0x100,   /* malformed, truncated, trailing bytes, impossible values */
    ST_BAD_SIGNATURE,       /* a MIC, signature, MAC or binding does not verify */
    ST_OUT_OF_SEQUENCE,     /* a message sequence number is not the expected one */
    ST_LOGON_DENIED,        /* unknown user, wrong password: never say which */
    ST_NO_AUTHORITY,        /* no account source answers for this domain */
    ST_BAD_BINDINGS,        /* channel bindings or target name are not ours */
    ST_BAD_KEY_BINDING,     /* CredSSP pubKeyAuth does not match the TLS key: man in the middle */
    ST_PEER_VERSION,        /* version not accepted, or changed midway */
    ST_PEER_UNSUPPORTED,    /* the peer cannot do what is required of it */
    ST_PEER_ERROR,          /* the peer reported a failure of its own (CredSSP errorCode) */
    ST_PEER_ALERT,          /* TLS fatal alert received; the session knows which */
    ST_NO_COMMON_ALGORITHM, /* nothing in common: version, cipher, mechanism */
    ST_UNTRUSTED,           /* certificate not acceptable */
    ST_PEER_CLOSED,         /* the peer closed the stream where the protocol was not done */
    ST_DOWNGRADE,           /* a weaker mechanism than ours was chosen, by nobody knows whom */

    /* The caller's fault. */
    ST_BAD_ARGUMENT = 0x200,
    ST_BAD_STATE, /* call not allowed now: after a failure, before completion */
    ST_BUFFER_TOO_SMALL,
    ST_UNSUPPORTED, /* this engine does not do that */
    ST_NO_CREDENTIALS,
    ST_NOT_FOUND,
    ST_POLICY, /* forbidden by a setting */

    /* Resources. */
    ST_NO_MEMORY = 0x300,
    ST_NO_RANDOM,

    /* Ours. */
    ST_INTERNAL = 0x400,
};

enum status_class {
    CLASS_SUCCESS = 0,
    CLASS_PEER = 1,
    CLASS_CALLER = 2,
    CLASS_RESOURCE = 3,
    CLASS_INTERNAL = 4
};

static inline enum status_class status_class(enum status s)
{
    return (enum status_class)((unsigned)s >> 8);
}

/* True for every status that ends an engine: all but the success class. */
static inline int status_failed(enum status s)
{
    return status_class(s) != CLASS_SUCCESS;
}

/* The name of S, "ST_BAD_TOKEN"; static storage; "ST_?" for an unknown value. For logs and tests.
 */
const char *status_name(enum status s);

#endif
