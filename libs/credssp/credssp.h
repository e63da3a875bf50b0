/* CredSSP as [MS-CSSP] has it: the interface of this room. TLS and Negotiate are seen only through
 * tables of functions; no Windows, no I/O, no sockets. After a failure an engine stays failed.
 * One engine is one login, one thread at a time; afterwards the program uses the TLS stream
 * directly.
 */
#ifndef CREDSSP_CREDSSP_H
#define CREDSSP_CREDSSP_H

#include "base/bytes.h"

/* TLS over memory. */
struct credssp_tls {
    void *self;
    /* Handshake: takes IN, says how many bytes it CONSUMED, appends what must be sent to OUT.
     * ST_CONTINUE, ST_OK (done; bytes behind CONSUMED belong to the stream), ST_INCOMPLETE (nothing
     * consumed, *MISSING more bytes at least), failure (OUT may then hold an alert). Called again
     * after completion when decrypt said ST_RENEGOTIATE. */
    enum status (*handshake)(
            void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *out);
    /* One or more records around PLAIN, appended to OUT. */
    enum status (*encrypt)(void *self, struct bytes plain, struct blob *out);
    /* Takes one record of IN: ST_OK with CONSUMED and what it held appended to PLAIN (may be empty:
     * a session ticket); ST_INCOMPLETE with *MISSING bytes still to come (estimate); ST_CLOSED;
     * ST_RENEGOTIATE: nothing consumed, the bytes are for handshake(). */
    enum status (*decrypt)(
            void *self, struct bytes in, size_t *consumed, size_t *missing, struct blob *plain);
    /* The contents of the server certificate's SubjectPublicKey BIT STRING (without the unused-bits
     * octet), both sides: client the peer's, server its own. [MS-CSSP] 3.1.5. */
    enum status (*public_key)(void *self, struct blob *out);
};

/* The package inside (Negotiate). */
struct credssp_auth {
    void *self;
    /* As spnego_step, but replaces OUT; ST_OK means that seal and unseal work from now on. */
    enum status (*step)(void *self, struct bytes in, struct blob *out);
    /* Message protection: OUT = signature followed by ciphertext. [MS-CSSP] 2.2.1.1 */
    enum status (*seal)(void *self, struct bytes plain, struct blob *out);      /* replaces OUT */
    enum status (*unseal)(void *self, struct bytes sealed, struct blob *plain); /* replaces PLAIN */
};

enum { CREDSSP_VERSION_MIN = 2, CREDSSP_VERSION_MAX = 6 };

/* [MS-CSSP] 2.2.1.2 credType; EMPTY is what is sent without delegation: password credentials with
 * empty fields. */
enum credssp_cred_type {
    CREDSSP_CRED_EMPTY = 0,
    CREDSSP_CRED_PASSWORD = 1,
    CREDSSP_CRED_SMARTCARD = 2,
    CREDSSP_CRED_REMOTE_GUARD = 6
};

struct credssp_client_config {
    struct credssp_tls tls;
    struct credssp_auth auth;
    uint32_t version; /* what we speak: 2 to 6; 6 unless a test says otherwise */
    uint32_t lowest;  /* the lowest server version accepted: 5 by default (CVE-2018-0886) */
    bool delegate;    /* without it an empty set of credentials is delegated */
    struct bytes domain, user, password; /* UTF-16LE; copied, wiped as soon as they are sent */
    struct bytes credentials; /* not empty: these TSCredentials, instead of the three */
    /* Asked once, when TLS is up and before the first token of AUTH is made: may refuse the login
     * (certificate, delegation policy). NULL: go on. */
    enum status (*server_seen)(void *self);
    /* Asked once AUTH is complete and before credentials are sent (NTLM-only delegation policy). */
    enum status (*before_delegation)(void *self);
    void *hook_self;
    struct world world;
};

struct credssp_server_config {
    struct credssp_tls tls;
    struct credssp_auth auth;
    uint32_t version, lowest;
    struct world world;
};

/* What a client delegates. UTF-16LE but for RAW and KEY_SPEC. A smart card has a PIN as PASSWORD; its
 * USER and DOMAIN are hints. Remote guard: RAW is its whole structure, which is checked for form. */
struct credssp_credentials {
    enum credssp_cred_type type;
    struct blob domain, user, password;
    /* TSCspDataDetail: AT_KEYEXCHANGE or AT_SIGNATURE, and the names of what holds the key */
    uint32_t key_spec;
    struct blob card, reader, container, csp;
    struct blob raw;
};

struct credssp_context;

MUST_USE enum status credssp_client_new(
        const struct credssp_client_config *config, struct credssp_context **context);
MUST_USE enum status credssp_server_new(
        const struct credssp_server_config *config, struct credssp_context **context);

/* One leg. IN: bytes of the TLS stream, any amount of records or parts of one; CONSUMED: how many
 * were taken (bytes of an incomplete record are not: give them again with more). OUT: replaced by
 * what to send. ST_CONTINUE: send OUT (may be empty) and come back; ST_INCOMPLETE: *MISSING more
 * bytes are needed, nothing was taken; ST_OK: complete; OUT may still have to be sent, and records
 * behind CONSUMED are the program's. ST_NEED_CERTIFICATE: as TLS said it; nothing is lost.
 * The program's data never shares a record with a TSRequest: plaintext behind the last TSRequest in
 * its record is refused.
 * On failure OUT holds what should still be sent to the peer, if anything: TLS alert, or from a
 * server a TSRequest with errorCode (only if the lower version is 3, 4 or 6: [MS-CSSP] 2.2.1).
 * Errors: ST_BAD_TOKEN, ST_PEER_VERSION, ST_BAD_KEY_BINDING, ST_PEER_ERROR (credssp_peer_error says
 * which), ST_PEER_CLOSED, ST_BAD_STATE (after completion or failure), and whatever TLS and AUTH
 * say. */
MUST_USE enum status credssp_step(struct credssp_context *c, struct bytes in, size_t *consumed,
        size_t *missing, struct blob *out);

/* The NTSTATUS that the peer sent as errorCode; 0 if none. ST_PEER_ERROR with 0, client only: the
 * server closed the TLS stream when it had the proof of the password (servers at version 2 and 5
 * refuse a login so). A close at any other time is no answer about the user: ST_PEER_CLOSED. */
uint32_t credssp_peer_error(const struct credssp_context *c);

/* The peer's TSRequest version; 0 before its first message. */
uint32_t credssp_peer_version(const struct credssp_context *c);

/* True once TLS is up: attributes of the TLS stream may be asked for. */
bool credssp_tls_ready(const struct credssp_context *c);

/* Server, after completion: gives the delegated credentials away once; ST_NOT_FOUND the second
 * time, ST_BAD_STATE before. */
MUST_USE enum status credssp_take_credentials(
        struct credssp_context *c, struct credssp_credentials *out);
void credssp_credentials_free(struct credssp_credentials *credentials);

/* The errorCode to send for a failure: STATUS_LOGON_FAILURE for ST_LOGON_DENIED etc. [MS-ERREF] */
uint32_t credssp_error_of(enum status s);

void credssp_free(struct credssp_context *c);

#endif
