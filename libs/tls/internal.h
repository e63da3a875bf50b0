/* What the files of this room share. GnuTLS types stop here.
 *
 * GnuTLS is driven record by record: the transport holds one whole record at a time, so that what
 * GnuTLS took is always a whole number of records, and what it writes goes straight to the caller's
 * memory.
 */
#ifndef TLS_INTERNAL_H
#define TLS_INTERNAL_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include "base/reader.h"
#include "base/writer.h"
#include "tls.h"

enum {
    RECORD_HEADER = 5,
    RECORD_PAYLOAD_MAX = 16384 + 2048, /* RFC 5246 6.2.3; TLS 1.3 allows 256 instead of 2048 */
    RECORD_DATA_MAX = 16384,
    DTLS_RECORD_HEADER = 13,
    DTLS_MTU_LEAST = 200, /* "SetContextAttributes (Schannel)", SECPKG_ATTR_DTLS_MTU */
    DTLS_MTU_USUAL = 1096,
    DTLS_MTU_MOST = 65535, /* what a UDP datagram can hold at all */
    TYPE_CHANGE_CIPHER_SPEC = 20,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_APPLICATION_DATA = 23,
    EXTENSIONS_MAX = 32, /* more are not remembered */
};

struct bridge;

/* A certificate of ours. */
struct identity {
    struct blob leaf;
    gnutls_x509_crt_t certificate; /* the same, for its names */
    gnutls_certificate_credentials_t credentials; /* it and its namesakes */
    struct bridge *bridge; /* of its key, where that cannot be read; lives in CREDENTIALS */
};

struct tls_config {
    int references; /* atomic */
    bool sealed;    /* a session exists: nothing may change any more */
    bool has_key;
    bool no_rsa_exchange; /* the key cannot decrypt */
    bool request_certificate, require_certificate;
    bool never_asked_later; /* client */
    enum tls_role role;
    unsigned versions;
    struct tls_limits *limits; /* NULL: none */
    const struct tls_parameters *parameters; /* server; NULL: none */
    tls_key_log key_log; /* NULL: secrets are nobody's business */
    void *key_log_self;
    struct identity *identities; /* what may be shown; key.c */
    size_t identity_count;
    struct tls_store store; /* all NULL: none */
    bool holds_sessions;
    gnutls_certificate_credentials_t credentials; /* the first identity's, if there is one */
    gnutls_priority_t priority; /* parsed once: a string per session costs 8% of a handshake */
};

/* The receiving direction's bytes: (the rest of) one record. */
struct source {
    struct bytes record;
    size_t at;
};

/* The sending direction's place: fixed memory of tls_encrypt's caller, or a growing message. */
struct sink {
    uint8_t *out;
    size_t capacity, used; /* of out */
    struct writer writer;  /* when out is NULL */
    bool datagrams;        /* ... and DTLS: to the session's queue (dtls_queue.c) instead */
    bool failed;
};

/* DTLS: what waits to be sent, and what is known of GnuTLS's present turn. */
struct dtls {
    size_t mtu;           /* bytes of a datagram */
    struct writer queue;  /* datagrams: u16le size, bytes */
    size_t taken;         /* of queue: given to the caller */
    size_t last;          /* of queue: the last one's size */
    bool grows;           /* the last one may take another record */
    bool may_repeat;      /* GnuTLS may send a flight again in this turn */
    bool progress;        /* ... has taken a message that it did not have yet */
    bool fresh;           /* ... has made a message */
    bool pushed;          /* ... has sent something */
    bool deaf;            /* ... repeats itself: the rest of the turn is dropped */
    uint16_t top_epoch;   /* ... of what it sent */
    bool repeated;        /* a flight was sent again since tls_handshake was called */
    bool too_small;       /* a ClientHello does not fit into one datagram */
    uint64_t next;        /* receiving, epoch 1: one above the highest number accepted */
    uint64_t seen;        /* bit I: number next - 1 - I was accepted */
};

/* One direction of an open stream, while its data records are made or opened by us (protect.c). */
struct protection {
    gnutls_aead_cipher_hd_t aead; /* NULL: GnuTLS has the direction */
    uint64_t number;              /* of the next record */
    uint8_t salt[4];              /* the nonce's beginning, */
    uint64_t mask;                /* ... and what its rest is the number under, */
    bool explicit;                /* ... unless each record brings that (TLS 1.2 with GCM) */
    bool unfit;                   /* since the last handshake: the cipher is none of ours */
    bool settled;                 /* GnuTLS's last record in this direction was data */
};

enum tls_state {
    STATE_FRESH,       /* nothing sent or received */
    STATE_HANDSHAKE,   /* the first handshake */
    STATE_OPEN,        /* data flows */
    STATE_REHANDSHAKE, /* data flows, TLS <= 1.2 negotiates again */
    STATE_FAILED,
};

struct tls_session {
    struct tls_config *config;
    gnutls_session_t gnutls;
    int state; /* enum tls_state; atomic: both directions read it */

    bool tls13; /* these five are valid in STATE_OPEN and STATE_REHANDSHAKE */
    bool has_sizes;
    struct tls_sizes sizes;
    size_t mac; /* CBC: bytes; 0 for AEAD */
    bool encrypt_then_mac;

    bool read_closed, write_closed;
    int alert_received; /* -1 none */
    tls_verify verify;  /* NULL: nothing is validated here */
    void *verify_self;
    bool verified;            /* in the present handshake */
    bool is_pinned;           /* the peer has shown a certificate, */
    uint8_t pinned[32];       /* ... the SHA-256 of which is this */
    enum status verdict;      /* of verify; ST_OK when it was content or not asked */
    unsigned verify_alert;    /* to send for a bad verdict */
    int failure;              /* GnuTLS error whose alert has not been sent yet; 0 none */
    size_t record_size_limit; /* RFC 8449, as the peer wrote it; 0 none */
    size_t max_fragment;      /* RFC 6066 4; bytes; 0 none */

    /* What a receiver writes with each record. More than a cache line is between this and what a sender
     * writes: two threads, a direction each, do not write into the same. */
    struct source in;
    struct protection reads;
    unsigned barren;      /* records in a row that brought no data: record.c */
    bool brought_message; /* the last record that tls_decrypt took, no data of the program's */
    bool receiver_holds;  /* SENDING, see there */

    enum { REAUTH_NONE, REAUTH_ASKED, REAUTH_RUNS } reauth; /* see reauth.c */
    struct blob request; /* client: CertificateRequest of that */
    bool resumes_nothing; /* server */
    bool held_back;       /* server: its own session is not to be taken up; no ticket, nothing kept */
    bool asked;           /* server, TLS <= 1.2: a HelloRequest is on its way */

    struct blob alpn;          /* server with parameters: its ids as in the extension, length and id each */
    bool has_ticket;           /* client: a NewSessionTicket came; TLS 1.3: and was not given out */
    tls_choose choose;         /* NULL: the config's certificate, if any */
    void *choose_self;
    struct tls_config *chosen; /* whose certificate is shown; NULL: config's own */
    struct writer peeked;      /* the beginning of a handshake message */
    bool peek_over;            /* no CertificateRequest can come any more */
    gnutls_protocol_t peek_version; /* as the ServerHello says; 0 before */
    size_t identity;           /* server: whose credentials answer the client's server name */
    bool own_certificate_sent; /* client: in the session that this one takes up again */

    bool datagram; /* DTLS */
    struct dtls dtls;
    struct blob mki; /* SRTP, ours */
    struct bytes *chain; /* valid like tls13 */
    size_t chain_count, chain_allocated;
    uint8_t id[32]; /* of the ServerHello */
    size_t id_size;
    uint16_t extensions[EXTENSIONS_MAX]; /* that the server answered */
    size_t extension_count;

    /* What a sender writes with each record. */
    struct sink out;
    struct protection writes;
    /* Held by the sender during a record, and by the receiver while it handles a KeyUpdate: GnuTLS
     * changes the sender's state there. A flag and not a mutex: libs know no threads. */
    int sending;
    int owes_key_update; /* atomic; 1 the peer asked or our limit is near, 2 tls_decrypt has said so
                          */
    uint64_t sent_records; /* since the last change of our key; sender only */
};

enum tls_operation { OP_HANDSHAKE, OP_ENCRYPT, OP_DECRYPT, OP_CLOSE, OP_QUERY };

/* session.c: is OPERATION allowed now? else ST_BAD_STATE. */
MUST_USE enum status session_allows(struct tls_session *s, enum tls_operation operation);
enum tls_state session_state(const struct tls_session *s);
void session_enter(struct tls_session *s, enum tls_state state);

/* The session has failed for good with this GnuTLS error; logs WHAT and gives the status. */
enum status session_fail(struct tls_session *s, int error, const char *what);

/* alert.c: sends the alert of session_fail, once, if there is one to send. */
void alert_flush(struct tls_session *s);

/* errors.c: GNUTLS_E_* to status; never ST_OK. */
enum status status_of_error(int error);

/* ciphers.c. Words for the bulk ciphers in their order; FAST_GCM: the processor has what AES-GCM needs. */
const char *cipher_words(bool fast_gcm);
bool cpu_has_gcm(void);

/* limits.c. limits_put: appends what LIMITS turn off in GnuTLS's words. limits_check_*: what only
 * shows when it is there; ST_NO_COMMON_ALGORITHM: turned off. EXCHANGES: the leaf's key is also what
 * keys are agreed on with. limits_allow_key: may our own CERTIFICATE's key sign? */
void limits_put(struct writer *w, const struct tls_limits *limits);
MUST_USE enum status limits_check_chain(const struct tls_limits *limits, const struct bytes *chain,
        size_t count, bool exchanges);
bool limits_allow_key(const struct tls_limits *limits, struct bytes certificate);
MUST_USE enum status limits_check_group(const struct tls_limits *limits, unsigned prime_bits);

/* parameters.c: a ClientHello's BODY is there, and GnuTLS has not looked at it yet. */
MUST_USE enum status parameters_apply(struct tls_session *s, struct bytes body);

/* config.c. config_priority: what VERSIONS and LIMITS (NULL: none) leave to a config like C; each
 * version has a suite, the others are dropped from *VERSIONS. ST_NO_COMMON_ALGORITHM: none is left.
 */
MUST_USE enum status config_priority(const struct tls_config *c, const struct tls_limits *limits,
        unsigned *versions, gnutls_priority_t *priority);
MUST_USE enum status config_build_priority(struct tls_config *c);

MUST_USE enum status config_new_credentials(
        enum tls_role role, gnutls_certificate_credentials_t *credentials);
void config_free_identities(struct tls_config *c);
/* What a key cannot do is taken away. */
MUST_USE enum status config_restrict(struct tls_config *c, const struct tls_key_ops *ops);

/* key_ops.c: KEY works through OPS, by way of *BRIDGE, which lives as long as KEY. */
MUST_USE enum status key_bridge(
        const struct tls_key_ops *ops, gnutls_privkey_t key, struct bridge **bridge);
/* From now on BRIDGE (or NULL) destroys what is behind it. */
void key_bridge_owns(struct bridge *bridge);

/* certificate.c: NULL: DER is no certificate, or no memory. The caller's, to be freed as such. */
gnutls_x509_crt_t certificate_of(struct bytes der);
/* Is the signature of DER, a certificate or a list, BY's? ALGORITHM: what it says itself, GnuTLS's number;
 * whether that is good enough (sign_is_weak) is the caller's to see. */
bool is_signed_by(struct bytes der, int algorithm, gnutls_x509_crt_t by);
/* ... its own name for issuer, and its own key's signature. DER: the same. */
bool certificate_signs_itself(gnutls_x509_crt_t certificate, struct bytes der);

/* signatures.c: made with MD2, MD5 or SHA-1 (RFC 8446 4.4.2.4), or unknown (ALGORITHM negative). */
bool sign_is_weak(int algorithm);

/* crl.c: what LIST (DER) says of CERTIFICATE, whoever signed it and whenever. */
enum tls_revocation crl_says(struct bytes list, gnutls_x509_crt_t certificate);

/* revocation.c: is an answer of revocation of NOW? (time_t)-1: not said. */
bool revocation_is_current(time_t this_update, time_t next_update, int64_t now);

/* identity.c */
MUST_USE enum status identity_read_names(struct identity *identity);
bool identity_shares_name(const struct identity *a, const struct identity *b);
void identity_attach(struct tls_session *s);
/* Index of the one that answers a client which asks for NAME; empty: for none. */
size_t identity_for(const struct tls_config *c, struct bytes name);
/* Our own certificate in this session, DER; empty if there is none. */
struct bytes identity_leaf(const struct tls_session *s);

/* resume.c */
MUST_USE enum status resume_attach(struct tls_session *s);
MUST_USE enum status resume_tickets(struct tls_session *s);
void resume_forget(struct tls_session *s);
/* Server, TLS <= 1.2: from here on this connection's handshakes are full ones. */
MUST_USE enum status resume_refuse(struct tls_session *s);

/* request.c: false if MESSAGE is none of VERSION. Views into it; names beyond the most are left
 * out. */
enum { REQUEST_ISSUERS_MAX = 512 };
struct request {
    struct bytes issuers[REQUEST_ISSUERS_MAX];
    size_t count;
};
bool request_read(gnutls_protocol_t version, struct bytes message, struct request *q);

/* peek.c: RECORD is about to be given to GnuTLS. ST_NEED_CERTIFICATE: it must not be now. */
MUST_USE enum status peek_record(struct tls_session *s, struct bytes record);
/* MESSAGE: a CertificateRequest; asks our caller. */
MUST_USE enum status peek_request(
        struct tls_session *s, gnutls_protocol_t version, struct bytes message);
/* An open session begins a handshake again. */
void peek_again(struct tls_session *s);

/* open.c: RECORD opened with the receiving key. TEXT: what is in it; empty if it does not open.
 * TYPE: of the content. ST_NO_MEMORY only. */
MUST_USE enum status open_record(
        struct tls_session *s, struct bytes record, struct blob *text, uint8_t *type);

/* verify.c: when a handshake is done. False: refused, s->verdict says why. */
bool verify_done(struct tls_session *s);
/* Has LIST[0] been proven to be the peer's, in a handshake that came to its end? */
bool verify_is_proven(struct tls_session *s, const gnutls_datum_t *list);
void verify_attach(struct tls_session *s);

/* reauth.c. Client: answers the request that has come; ST_NEED_CERTIFICATE as tls_choose. Server: asks
 * (ST_UNSUPPORTED: the client does not take part; the session is unharmed); is RECORD part of the
 * answer; takes it (ST_CONTINUE: more to come). */
MUST_USE enum status reauth_answer(struct tls_session *s);
MUST_USE enum status reauth_ask(struct tls_session *s);
MUST_USE enum status reauth_owns(struct tls_session *s, struct bytes record, bool *owns);
MUST_USE enum status reauth_take(struct tls_session *s, struct bytes record);

/* record.c: one more record in a row that brings nothing. False: too many, the session
 * has failed. */
bool count_barren(struct tls_session *s);

/* transport.c */
void transport_attach(struct tls_session *s);

/* The first record of IN: ST_OK with *SIZE (header and payload), ST_INCOMPLETE with *MISSING, or
 * ST_BAD_TOKEN. */
MUST_USE enum status transport_frame(struct bytes in, size_t *size, size_t *missing);
void transport_feed(struct tls_session *s, struct bytes record);
void transport_to_memory(struct tls_session *s, uint8_t *out, size_t capacity);
void transport_to_message(struct tls_session *s);

/* Appends what was written since transport_to_message to OUT. */
MUST_USE enum status transport_take(struct tls_session *s, struct blob *out);

/* DTLS: what GnuTLS writes goes to the queue. */
void transport_to_datagrams(struct tls_session *s);

/* config.c: */
bool config_is_datagram(const struct tls_config *c);

/* dtls.c: tls_handshake of a datagram session. */
void dtls_attach(struct tls_session *s);
MUST_USE enum status dtls_handshake(struct tls_session *s, struct bytes in, size_t *consumed);

/* dtls_queue.c. A turn is one call of GnuTLS that may send. MAY_REPEAT: a flight again, too. */
void dtls_turn_begin(struct tls_session *s, bool may_repeat);
void dtls_turn_end(struct tls_session *s);
/* RECORD is about to be sent. False: no memory. */
bool dtls_push(struct tls_session *s, struct bytes record);
bool dtls_is_waiting(const struct tls_session *s);
void dtls_queue_clear(struct tls_session *s);

/* srtp.c: is the server's MKI the client's, or none (RFC 5764 4.1.3)? */
bool srtp_agrees(struct tls_session *s);

/* dtls_record.c: the first record of a datagram.
 *
 *   0      1          3       5                  11       13
 *   | type | version  | epoch | sequence number  | length | payload ...     RFC 6347 4.1
 */
struct dtls_record {
    uint8_t type;
    uint16_t epoch;
    uint64_t sequence;     /* 48 bits */
    struct bytes payload;
    size_t size; /* with its header */
};
/* False: none, and nothing behind it can be found either. */
bool dtls_frame(struct bytes in, struct dtls_record *record);
/* May GnuTLS see this record of a handshake that is going on? What is not protected yet and makes
 * no sense is dropped here (RFC 6347 4.1.2.7), for GnuTLS would give up the session. */
bool dtls_is_sane(const struct dtls_record *record);
/* Feeds RECORD to GnuTLS as one that the stream receives. */
ssize_t dtls_feed(struct tls_session *s, struct bytes record, uint8_t *out, size_t capacity);
void dtls_window_start(struct tls_session *s);
/* tls_decrypt of a datagram session. */
MUST_USE enum status dtls_decrypt(struct tls_session *s, struct bytes in, uint8_t *out,
        size_t capacity, size_t *consumed, size_t *size);

/* protect.c. Data records without GnuTLS, each function in its own direction. protect_data: one record
 * around DATA (or none) at OUT, which has room for it. unprotect_data: the data of RECORD at OUT,
 * whose CAPACITY is at least the record's without tls_sizes' header. ST_UNSUPPORTED, false: it is GnuTLS's,
 * and RECORD is as it was. */
MUST_USE enum status protect_data(
        struct tls_session *s, struct bytes data, uint8_t *out, size_t *size);
bool unprotect_data(
        struct tls_session *s, struct bytes record, uint8_t *out, size_t capacity, size_t *size);
/* GnuTLS goes on where we are: before it reads or writes anything of an open session.
 * transport_to_message does the latter. */
void protect_give_back_reads(struct tls_session *s);
void protect_give_back_writes(struct tls_session *s);

/* key_log.c */
void key_log_attach(struct tls_session *s);

/* hooks.c: what we must know of single handshake messages. */
void hooks_attach(struct tls_session *s);
void send_lock(struct tls_session *s);
void send_unlock(struct tls_session *s);

/* Back from GnuTLS in the receiving direction: takes over a KeyUpdate reply that GnuTLS has
 * scheduled. */
void receiver_done(struct tls_session *s);

/* sizes.c: after the handshake. */
void sizes_update(struct tls_session *s);
size_t sizes_of_record(const struct tls_session *s, size_t data);

#endif
