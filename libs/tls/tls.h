/* TLS over memory, on GnuTLS: records in, records out, nothing blocks, no sockets. The only room
 * that sees a GnuTLS header; this header shows none of its types.
 *
 * struct tls_config     one credential: role, versions, certificate and key. Immutable after
 *                       its first session; reference-counted, shared by sessions and threads.
 * struct tls_session    one connection. Two threads may use it at once, one sending, one receiving,
 * once the handshake is done; anything else is for one thread at a time (edge locks). DER in, DER
 * out: no certificate type but bytes.
 */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "base/bytes.h"
#include "tls/limits.h"

struct tls_config;
struct tls_session;

enum tls_role { TLS_CLIENT, TLS_SERVER };

/* Bits for the versions allowed. */
enum { TLS_V1_0 = 1, TLS_V1_1 = 2, TLS_V1_2 = 4, TLS_V1_3 = 8, DTLS_V1_0 = 16, DTLS_V1_2 = 32 };

/* Starts GnuTLS once per process, from whatever thread; never call it under the loader lock. */
MUST_USE enum status tls_start(void);

/* ST_NO_COMMON_ALGORITHM: no version left. ST_UNSUPPORTED: DTLS mixed with TLS. */
MUST_USE enum status tls_config_new(
        enum tls_role role, unsigned versions, struct tls_config **config);
void tls_config_free(struct tls_config *config);

/* What the config may not negotiate (limits.h); once, before its key is set. ST_NO_COMMON_ALGORITHM:
 * nothing would be left. The peer's chain is held against LIMITS as soon as it is there, also where
 * no tls_verify is set. */
MUST_USE enum status tls_config_limit(struct tls_config *config, const struct tls_limits *limits);

/* Server: what may not be negotiated in some connections, besides the config's own limits: in those
 * whose ALPN id (the server's choice, RFC 7301) is one of IDS; COUNT 0: in all. OPTIONAL: unless the
 * client has nothing else. VERSIONS_OFF: TLS_V bits. Put before *LIST, with copies of everything. */
struct tls_parameters;
MUST_USE enum status tls_parameters_new(const struct bytes *ids, size_t count,
        unsigned versions_off, const struct tls_limits *limits, bool optional,
        struct tls_parameters **list);
void tls_parameters_free(struct tls_parameters *list);
/* LIST stays the caller's and outlives all sessions of CONFIG; NULL: none. */
void tls_config_set_parameters(struct tls_config *config, const struct tls_parameters *list);

/* How a key that we may not read signs or decrypts. */
enum tls_sign_kind { TLS_SIGN_PKCS1, TLS_SIGN_PSS, TLS_SIGN_ECDSA };
struct tls_key_ops {
    void *self;
    bool is_ec;  /* else RSA */
    bool no_pss; /* RSA that cannot do TLS_SIGN_PSS (CryptoAPI): never TLS 1.3, no rsa_pss_* in
                    TLS 1.2 */
    unsigned bits;
    /* HASH is the digest (size tells which: 20, 32, 48, 64; 36 = MD5+SHA1 for TLS < 1.2); SIGNATURE
     * in X.509 form. */
    enum status (*sign)(
            void *self, enum tls_sign_kind kind, struct bytes hash, struct blob *signature);
    enum status (*decrypt)(
            void *self, struct bytes cipher, struct blob *plain); /* RSA PKCS#1 v1.5; may be NULL */
    void (*destroy)(void *self); /* may be NULL; called once, at the end of the config, and only if
                                    tls_config_set_key_ops has succeeded */
};
/* These functions run in whatever thread runs a handshake, in several at once. */

/* The certificate shown to the peer: CHAIN[0] is the leaf, DER each. Key: as PKCS#1 / SEC1 / PKCS#8
 * DER (copied, wiped on free), or by callbacks. ST_NO_CREDENTIALS when key and certificate do not
 * belong together; ST_NO_COMMON_ALGORITHM when the config's limits turn its kind of key off. */
MUST_USE enum status tls_config_set_key(
        struct tls_config *config, const struct bytes *chain, size_t count, struct bytes key_der);
MUST_USE enum status tls_config_set_key_ops(struct tls_config *config, const struct bytes *chain,
        size_t count, const struct tls_key_ops *ops);

/* Server: several certificates, of which the first whose names fit the client's server name is
 * shown (RFC 6066), or else the first; one for the same name but with another kind of key serves
 * clients that cannot do that. Client: one. KEY_DER or OPS as above; ST_BAD_ARGUMENT: none, or more
 * than 100. A key without PSS keeps all of them from TLS 1.3. */
struct tls_identity {
    const struct bytes *chain;
    size_t count;
    struct bytes key_der;
    const struct tls_key_ops *ops; /* NULL: KEY_DER */
};
MUST_USE enum status tls_config_set_identities(
        struct tls_config *config, const struct tls_identity *list, size_t count);

/* RSA from raw parts, as a CryptoAPI PRIVATEKEYBLOB has them, big-endian views: gives PKCS#1 DER.
 */
struct tls_rsa_parts {
    struct bytes modulus, exponent, d, p, q, dp, dq, qinv;
};
MUST_USE enum status tls_rsa_to_der(const struct tls_rsa_parts *parts, struct blob *der);

/* An ECDSA signature as CNG gives it (r and s, of the same size) in X.509 form. ST_BAD_ARGUMENT: odd,
 * empty, or more than P-521's. */
MUST_USE enum status tls_ecdsa_to_der(struct bytes raw, struct blob *der);

/* Server: ask the client for a certificate (REQUIRED: refuse without). Nothing is validated here.
 */
void tls_config_request_certificate(struct tls_config *config, bool required);

/* ... and say whose: the subjects of CERTIFICATES (DER), which authorities issue what is wanted (RFC 8446 4.2.4,
 * RFC 5246 7.4.4). What is no certificate, and those beyond 16 KiB of names, are left out. After the key. */
MUST_USE enum status tls_config_set_authorities(
        struct tls_config *config, const struct bytes *certificates, size_t count);
/* Client: does not offer to be asked once the handshake is done (TLS 1.3: post_handshake_auth), for which GnuTLS
 * would keep its messages. */
void tls_config_never_asked_later(struct tls_config *config);

/* Server: where its sessions are kept, so that clients can take them up again: in TLS 1.2 by id or
 * ticket, in TLS 1.3 by ticket. Without, none is. The functions may be called from several threads
 * at once. The empty id is used as well: for the key of the tickets. put replaces. get: STATE stays
 * empty when ID is not there. What is kept are secrets. */
enum { TLS_STORE_SECONDS_MAX = 604800 }; /* RFC 8446 4.6.1 */
struct tls_store {
    void *self;       /* outlives every session of the config */
    unsigned seconds; /* how long a session is good, 1 to TLS_STORE_SECONDS_MAX */
    void (*put)(void *self, struct bytes id, struct bytes state);
    enum status (*get)(void *self, struct bytes id, struct blob *state);
    void (*remove)(void *self, struct bytes id);
};
MUST_USE enum status tls_config_set_store(
        struct tls_config *config, const struct tls_store *store);
/* With a store: no session is kept, no ticket sent, before tls_session_allow says so. */
void tls_config_hold_sessions(struct tls_config *config);
/* Server whose sessions are held: clients may take S up again. In TLS 1.2 at any time, by id alone; in TLS 1.3 before
 * the handshake has ended, with which the tickets go, later ST_UNSUPPORTED. Of others nothing happens. */
MUST_USE enum status tls_session_allow(struct tls_session *s);

/* For debugging alone: LINE gets each of the sessions' secrets as a line of an NSS key log file, with
 * its newline, in whatever thread runs the handshake. Without this call nothing of the kind is
 * written, whatever the environment says. */
typedef void (*tls_key_log)(void *self, struct bytes line);
void tls_config_set_key_log(struct tls_config *config, tls_key_log log, void *self);

/* SERVER_NAME: SNI, UTF-8 host name without port; empty or an IP literal: no SNI. Client only. */
MUST_USE enum status tls_session_new(
        struct tls_config *config, struct bytes server_name, struct tls_session **session);
void tls_session_free(struct tls_session *session);

/* Offered (client) or supported (server) protocols, before the first handshake call. */
MUST_USE enum status tls_session_set_alpn(
        struct tls_session *s, const struct bytes *protocols, size_t count);

/* Whether there is one or not: the peer's leaf of the first handshake that has one stays its only one.
 * Asked inside tls_handshake as soon as the peer's chain is known and before anything that answers
 * it (own certificate, Finished) is made. A failure ends the handshake with that status; *ALERT
 * (preset: bad_certificate, 42) is what the peer is told, in OUT. Not asked if the peer showed
 * none. Before the first handshake call. */
typedef enum status (*tls_verify)(
        void *self, const struct bytes *chain, size_t count, unsigned *alert);
void tls_session_set_verify(struct tls_session *s, tls_verify verify, void *self);

/* Client: what a later session of the same config needs to take this one up again; secrets. Empty
 * when there is nothing (yet, or any more): in TLS 1.2 to be asked for after the handshake, in TLS
 * 1.3 whenever tls_decrypt gave ST_OK without data; each ticket is given out once. */
MUST_USE enum status tls_session_state(struct tls_session *s, struct blob *state);
/* Before the first handshake call. STATE is trusted: only what tls_session_state gave, from memory
 * that no one else writes. The server may refuse: then the handshake is a full one. The
 * peer's certificate is that of the first session; verify is asked about it again, at the end of
 * the handshake. ST_BAD_ARGUMENT: too old, or no state; S is unharmed. */
MUST_USE enum status tls_session_resume(struct tls_session *s, struct bytes state);

/* Client: asked when the server wants a certificate, before it gets one: in the first handshake, in a
 * renegotiation (not with CBC suites: there the session's own is shown) or after the handshake (1.3).
 * ISSUERS: the names (DER) of the authorities it accepts; none: it does not say. *CONFIG (preset:
 * the session's own) is the client's config whose certificate is shown, if it has one; the session
 * holds it from then on. ST_NEED_CERTIFICATE: tls_handshake gives that back and stands still in
 * front of the record in question: the next call has to offer it again, and asks again. Other failures end
 * the handshake. Before the first handshake call. */
typedef enum status (*tls_choose)(
        void *self, const struct bytes *issuers, size_t count, struct tls_config **config);
void tls_session_set_choose(struct tls_session *s, tls_choose choose, void *self);

/* One leg. IN: bytes from the peer; CONSUMED: whole records taken. Appends to OUT.
 * ST_CONTINUE: send OUT, come back. ST_OK: done (send OUT); bytes behind CONSUMED are the stream's.
 * ST_INCOMPLETE: IN ends inside a record and not one whole record was there; *MISSING bytes are
 * needed at least: exact for header (5 - have) and then for the rest of the record. Nothing
 * consumed. ST_NEED_CERTIFICATE: see tls_choose; what stands before the record is CONSUMED, OUT is
 * as with ST_CONTINUE. Failure: final; OUT holds the alert to send, if any. ST_PEER_ALERT:
 * tls_alert_received.
 * Client: the first call makes the ClientHello, whatever IN holds.
 * After completion (ST_RENEGOTIATE from tls_decrypt, or any time): sends the KeyUpdate that is
 * owed, if any; TLS <= 1.2: a handshake record at the start of IN begins a renegotiation, which
 * goes on as the first handshake did; TLS 1.3: answers a request of the server's to know who we
 * are, or as a server takes the answer. Otherwise ST_OK and nothing consumed: IN is the stream's.
 * During one of these ST_OK with a data record at CONSUMED means: decrypt that first. */
MUST_USE enum status tls_handshake(struct tls_session *s, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out);

/* Of an open session, appended to OUT: a server asks its client for a new handshake (TLS <= 1.2:
 * HelloRequest), or with REQUEST_CERTIFICATE who it is (TLS 1.3: post-handshake authentication); a
 * client begins one (TLS <= 1.2). The answer comes through tls_decrypt, which says ST_RENEGOTIATE, or
 * may be given to tls_handshake at once. REQUEST_CERTIFICATE, server: also in what follows.
 * ST_CONTINUE: a client's has begun. ST_OK without output: one is under way. ST_UNSUPPORTED: the peer lacks secure renegotiation (RFC 5746) or
 * post-handshake authentication, or TLS 1.3 has nothing like it; the session is unharmed. */
MUST_USE enum status tls_renegotiate(
        struct tls_session *s, bool request_certificate, struct blob *out);
/* Is a handshake under way, or a server's wait for the answer to who its client is? */
bool tls_negotiates(const struct tls_session *s);

/* Sizes of what encrypt makes around the data. trailer is the largest possible. */
struct tls_sizes {
    size_t header, trailer, max_data, block;
};
MUST_USE enum status tls_sizes(struct tls_session *s, struct tls_sizes *sizes);

/* One record. The record's bytes go to OUT in order; OUT has CAPACITY bytes; DATA may overlap OUT
 * (in place: it is read whole before anything is written). *SIZE: bytes of the record.
 * ST_BUFFER_TOO_SMALL: nothing sent, session unharmed. More than max_data: ST_BAD_ARGUMENT. No
 * data: an empty record; no record, *SIZE 0, with CBC and CCM, of datagrams, during a renegotiation. Never
 * emits two records (rekeying is left to tls_handshake). */
MUST_USE enum status tls_encrypt(
        struct tls_session *s, struct bytes data, uint8_t *out, size_t capacity, size_t *size);

/* Takes exactly one record from IN and decrypts to OUT (capacity at least the record's size without
 * tls_sizes' header; may lie in the same memory as IN). *CONSUMED: record size; *SIZE: plaintext
 * bytes.
 *
 * ST_OK with *SIZE 0      the record held no data: empty, or a TLS 1.3 message that needs no answer
 *                         (NewSessionTicket, KeyUpdate without request), or a warning alert
 * ST_INCOMPLETE           *MISSING as tls_handshake; nothing consumed
 * ST_RENEGOTIATE          call tls_handshake with what follows CONSUMED, send its OUT, go on.
 * *CONSUMED 0: a handshake record of TLS <= 1.2 is at the start of IN, or our own KeyUpdate is due;
 *                         not 0: the peer asked for a KeyUpdate or for our certificate. Said once
 *                         for each
 * ST_CLOSED               close_notify (record consumed), and for ever after
 * ST_BAD_SIGNATURE, ST_PEER_ALERT and other failures are final, nothing consumed: tls_shutdown then
 * gives the alert that tells the peer */
MUST_USE enum status tls_decrypt(struct tls_session *s, struct bytes in, uint8_t *out,
        size_t capacity, size_t *consumed, size_t *missing, size_t *size);

/* After ST_OK without data: was it a message or a warning, and not an empty record of the program's? */
bool tls_brought_message(const struct tls_session *s);

/* Appended to OUT. tls_shutdown: close_notify, once; of a failed session the fatal alert that has
 * not been sent yet; before the first leg nothing. The other direction stays open. tls_send_alert:
 * LEVEL 1 or 2; 2 ends the session. */
MUST_USE enum status tls_shutdown(struct tls_session *s, struct blob *out);
MUST_USE enum status tls_send_alert(
        struct tls_session *s, unsigned level, unsigned description, struct blob *out);
int tls_alert_received(const struct tls_session *s); /* description, -1 none */

/* ---- datagrams (DTLS 1.0 and 1.2, RFC 6347) ----
 *
 * A session of a config with DTLS versions: one thread at a time, always. It differs in this:
 *
 * tls_handshake   IN is one datagram, taken whole (CONSUMED is less only when the handshake is done:
 *                 what follows is the stream's). What makes no sense is dropped, and the answer is
 *                 ST_CONTINUE with nothing to send. OUT stays empty: what is to be sent waits as
 *                 datagrams, for tls_datagram_take. An empty IN, for a caller whose timer has run
 *                 out, sends the last flight again, except where a part of the answer has come (it
 *                 is then the peer's turn to send again). A datagram in which the peer repeats
 *                 itself does the same. Done: a datagram in which the peer repeats its last flight
 *                 sends ours again, ST_OK. ST_BUFFER_TOO_SMALL: the ClientHello is larger than the
 *                 MTU; final. A client shows the certificate of its config; tls_choose is not asked.
 * tls_encrypt     max_data follows the MTU; one record is one datagram.
 * tls_decrypt     one record of a datagram. ST_BAD_TOKEN (no record of this session),
 *                 ST_BAD_SIGNATURE (forged or damaged), ST_OUT_OF_SEQUENCE (seen before, or older
 *                 than the 64 last): dropped, nothing is final; CONSUMED is its size, 0 when what
 *                 follows it cannot be found either. ST_OK with *SIZE 0: it held no data for us.
 *                 ST_RENEGOTIATE: the peer repeats its last flight; datagrams wait, nothing
 *                 consumed. Never ST_INCOMPLETE. Nobody negotiates again: that is not answered.
 * tls_shutdown, tls_send_alert: OUT is one datagram. */

/* The size of datagrams that are made from here on, without the headers below DTLS: 200 to 65535
 * bytes, at first 1096. ST_BAD_ARGUMENT, ST_UNSUPPORTED: not a datagram session. */
MUST_USE enum status tls_datagram_set_mtu(struct tls_session *s, size_t mtu);

/* The next datagram to send, in order; empty when there is none. */
MUST_USE enum status tls_datagram_take(struct tls_session *s, struct blob *datagram);
bool tls_datagram_waits(const struct tls_session *s);

/* A server without a session for the peer at ADDRESS (any bytes that stand for it): ST_OK when
 * DATAGRAM is a ClientHello with a cookie that one of SECRETS made for this address and hello;
 * ST_CONTINUE for one without: ANSWER is the HelloVerifyRequest, made with the first secret;
 * ST_BAD_TOKEN: no ClientHello in one piece. SECRETS: 32 random bytes each, for all peers. */
MUST_USE enum status tls_cookie_check(const struct bytes *secrets, size_t count,
        struct bytes address, struct bytes datagram, struct blob *answer);
/* Then, on a fresh session, before tls_handshake with the same DATAGRAM. */
MUST_USE enum status tls_session_set_hello(struct tls_session *s, struct bytes datagram);

/* use_srtp (RFC 5764): PROFILES by their IANA numbers, the favourite first (a client's order wins);
 * MKI: up to 255 bytes or none. Before the first handshake call. Those unknown to GnuTLS are left
 * out, and all but four; ST_NO_COMMON_ALGORITHM: none is left. */
enum { TLS_SRTP_PROFILES_MAX = 64 };
MUST_USE enum status tls_session_set_srtp(
        struct tls_session *s, const uint16_t *profiles, size_t count, struct bytes mki);
/* After the handshake: *PROFILE is 0 when none was agreed on. MKI: as the peer gave it; lives as
 * long as the session. */
MUST_USE enum status tls_srtp(struct tls_session *s, uint16_t *profile, struct bytes *mki);

/* What was negotiated. Only after the handshake: ST_BAD_STATE before. */
struct tls_info {
    unsigned version;              /* one TLS_V bit */
    uint16_t cipher_suite;         /* IANA number */
    const char *cipher_suite_name; /* "TLS_AES_128_GCM_SHA256" */
    unsigned cipher_bits;          /* of the bulk cipher's key */
    unsigned mac_bits;             /* 0 for AEAD */
    unsigned exchange_bits;        /* key exchange group or RSA size */
    uint16_t group;                /* IANA number of the key exchange group, 0 none */
    enum tls_cipher {
        TLS_CIPHER_NONE,
        TLS_CIPHER_AES_GCM,
        TLS_CIPHER_AES_CBC,
        TLS_CIPHER_AES_CCM,
        TLS_CIPHER_CHACHA20,
        TLS_CIPHER_3DES
    } cipher;
    enum tls_hash {
        TLS_HASH_NONE,
        TLS_HASH_MD5,
        TLS_HASH_SHA1,
        TLS_HASH_SHA256,
        TLS_HASH_SHA384
    } mac; /* TLS_HASH_NONE for AEAD */
    enum tls_exchange { TLS_KX_RSA, TLS_KX_ECDHE, TLS_KX_DHE, TLS_KX_PSK } exchange;
    bool resumed;
    bool extended_master_secret; /* RFC 7627; of TLS 1.3 always */
    bool encrypt_then_mac;       /* RFC 7366; only CBC has it */
    struct bytes alpn;           /* lives as long as the session */
    struct bytes session_id;     /* of the ServerHello; likewise */
    const uint16_t *extensions;  /* types that the server answered in its hello; likewise */
    size_t extension_count;
};
MUST_USE enum status tls_query(struct tls_session *s, struct tls_info *info);

/* The peer's chain, DER; COUNT 0 if it showed none. Views live as long as the session. */
MUST_USE enum status tls_peer_chain(
        struct tls_session *s, const struct bytes **chain, size_t *count);
/* Our own certificate that was used (server) or sent (client), in this session or in the one it
 * took up again; empty if none. */
MUST_USE enum status tls_own_certificate(struct tls_session *s, struct bytes *der);

/* RFC 5929. OUT has no prefix. unique: ST_UNSUPPORTED with TLS 1.3. end point: hash of the
 * *server's* certificate. */
enum tls_binding { TLS_BINDING_UNIQUE, TLS_BINDING_SERVER_END_POINT, TLS_BINDING_EXPORTER };
MUST_USE enum status tls_channel_binding(
        struct tls_session *s, enum tls_binding kind, struct blob *out);

/* Keying material of SIZE bytes (at most 65535), a secret: RFC 5705, in TLS 1.3 RFC 8446 7.5. CONTEXT
 * may be NULL: none; up to TLS 1.2 that differs from an empty one. */
MUST_USE enum status tls_export(struct tls_session *s, struct bytes label,
        const struct bytes *context, size_t size, struct blob *out);

/* The PRF of RFC 5246 5 (or of the version before) over the master secret, LABEL and both randoms,
 * the client's first unless SERVER_FIRST. For EAP methods; ST_UNSUPPORTED in TLS 1.3, which has
 * none. */
MUST_USE enum status tls_prf(struct tls_session *s, struct bytes label, bool server_first,
        size_t size, struct blob *out);
/* The same with an empty secret (RFC 5216 2.3): nothing of it is secret. */
MUST_USE enum status tls_prf_public(
        struct tls_session *s, struct bytes label, size_t size, struct blob *out);

/* Signature schemes (RFC 8446 4.2.3) that the peer has asked for and we know, in its order; if it
 * has asked for none, ours. LIST has room for TLS_SIGNATURES_MAX. */
enum { TLS_SIGNATURES_MAX = 32 };
MUST_USE enum status tls_signatures(struct tls_session *s, uint16_t *list, size_t *count);

/* ---- certificates, without a session ---- */

/* What is wrong with a chain; bits. */
enum {
    TLS_FAULT_SIGNATURE = 1,
    TLS_FAULT_ALGORITHM = 2,  /* MD5, SHA-1, a key that is too short, or one that nobody knows */
    TLS_FAULT_TRUST = 4,      /* it does not lead to the anchor */
    TLS_FAULT_TIME = 8,       /* expired or not yet valid */
    TLS_FAULT_CONSTRAINT = 16, /* an issuer may not issue this: no CA, path length, names, key usage */
    TLS_FAULT_CRITICAL = 32,  /* a critical extension that is not understood */
    TLS_FAULT_USAGE = 64,     /* extended key usage */
    TLS_FAULT_NAME = 128,     /* the leaf is for another host */
    TLS_FAULT_OTHER = 256,
};
struct tls_chain_question {
    bool peer_is_client;
    struct bytes host;    /* ASCII (IDNA's A-labels); empty: not compared. Dotted IPv4 is an address */
    struct bytes address; /* instead of HOST: 4 or 16 bytes; empty: none */
    int64_t now;          /* seconds since 1970 */
};
/* CHAIN[0] is the leaf, the last one the anchor that the caller trusts (it may be the leaf). DER
 * each; at most 16. *FAULTS: all that can be found; 0: it is good. ST_UNTRUSTED: not certificates,
 * or too many. RFC 5280 6.1, RFC 6125 6.4. */
MUST_USE enum status tls_chain_check(const struct bytes *chain, size_t count,
        const struct tls_chain_question *q, unsigned *faults);

/* What a response of OCSP (DER) says of CERTIFICATE at NOW. UNKNOWN: nothing that counts: garbage,
 * not signed by ISSUER or for him, too old, about another, or "unknown". */
enum tls_revocation { TLS_REVOCATION_UNKNOWN, TLS_REVOCATION_GOOD, TLS_REVOCATION_REVOKED };
enum tls_revocation tls_ocsp_answer(
        struct bytes response, struct bytes certificate, struct bytes issuer, int64_t now);
/* The same of a CRL (DER). UNKNOWN also: it is not about certificates like this, or not complete (RFC
 * 5280 5.2.4, 5.2.5), or something critical in it is not known. */
enum tls_revocation tls_crl_answer(
        struct bytes list, struct bytes certificate, struct bytes issuer, int64_t now);
/* The response that came with the peer's certificate; empty: none. Also inside tls_verify. */
struct bytes tls_peer_ocsp(struct tls_session *s);
/* The certificate says that it comes with one (RFC 7633). */
bool tls_must_staple(struct bytes certificate);

/* From a certificate's DER: the contents of the SubjectPublicKey BIT STRING without the unused-bits
 * octet. */
MUST_USE enum status tls_certificate_public_key(struct bytes certificate, struct blob *out);

#endif
