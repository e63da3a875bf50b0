/* The rooms inside schannel.dll: a TLS provider over libs/tls and libs/ssp.
 *
 * struct credential  what AcquireCredentialsHandle was told, copied; certificates and their key;
 * one tls_config per use, made when first needed and immutable afterwards. struct context     one
 * connection. Lock order: send_lock before receive_lock. EncryptMessage takes the first,
 * DecryptMessage the second, everything else both, so that two threads may use one context, one in
 * each direction. Statuses are SECURITY_STATUS from here up; libs/tls's enum status does not leave
 * leg.c, stream.c, query*.c except through schannel_status.
 */
#ifndef SCHANNEL_SCHANNEL_H
#define SCHANNEL_SCHANNEL_H

#include "ssp/lock.h"
#include "ssp/ssp.h"
#include "ssp/watch.h"
#include "base/reader.h"
#include "base/writer.h"
#include "base/utf16.h"
#include "tls/tls.h"

#define ROOM "schannel"

/* ---- the registry (settings.c) ---- */

/* Stamps cover (ssp_stamp_holds): our settings, the containers of Wine's providers. */
enum { WATCHED_SETTINGS, WATCHED_USER_KEYS, WATCHED_MACHINE_KEYS };
struct ssp_stamp settings_stamp(void);
/* The DLL goes: lets go of what tells of changes. */
void settings_unload(void);

/* Of clients' or servers' credentials. */
struct settings {
    DWORD lifespan; /* of sessions, ms, for programs that name none; 0: nothing is kept at all */
    unsigned allowed, by_default; /* versions_by_policy */
};
struct settings settings_of_side(struct ssp_stamp now, BOOL server);
DWORD settings_cache_size(void);

/* ---- private keys (key.c, key_capi.c, key_cng.c, key_file.c, key_kept.c) ---- */

/* Either DER (PKCS#1, wiped on free), its own or shared, or OPS when the key cannot leave its provider. */
struct private_key {
    struct blob der;
    struct kept_key *kept;  /* NULL: not shared */
    struct tls_key_ops ops; /* ops.sign is NULL when DER is used */
};
struct bytes private_key_der(const struct private_key *key);

/* The private key of CERTIFICATE, found through its properties. SEC_E_NO_CREDENTIALS: it has none;
 * SEC_E_UNKNOWN_CREDENTIALS: it has, but not here (one log line either way). NOW: settings_stamp's. KEY must be
 * zeroed; free it whatever comes back. */
SECURITY_STATUS key_of_certificate(
        PCCERT_CONTEXT certificate, struct ssp_stamp now, struct private_key *key);
void private_key_free(struct private_key *key);

/* The two kinds of provider. KEY_CAPI: takes over PROVIDER (released with the key, or at once when
 * the key could be exported). RELEASE says whether it is ours to release. */
SECURITY_STATUS key_from_capi(
        HCRYPTPROV provider, DWORD spec, BOOL release, struct private_key *key);
SECURITY_STATUS key_from_cng(NCRYPT_KEY_HANDLE handle, BOOL release, struct private_key *key);
/* The container that INFO names, by a provider that has SHA-2 if one opens it. The caller releases. */
BOOL provider_open(const CRYPT_KEY_PROV_INFO *info, HCRYPTPROV *provider);
/* Another provider for PROVIDER's key of SPEC that has SHA-2, where PROVIDER has none; the caller releases it. 0: PROVIDER has,
 * or there is none with the same public key. */
HCRYPTPROV provider_with_sha2(HCRYPTPROV provider, DWORD spec);
/* Our own provider (libs/ssp/keys.h). SEC_E_UNKNOWN_CREDENTIALS: no such file, others can read it,
 * or it is not CERTIFICATE's key; logged. */
BOOL key_is_in_file(const CRYPT_KEY_PROV_INFO *info);
SECURITY_STATUS key_from_file(
        PCCERT_CONTEXT certificate, const CRYPT_KEY_PROV_INFO *info, struct private_key *key);

/* Keys of CryptoAPI containers that several credentials have. take: the one that INFO names, if it is kept and
 * still what is stored. before: what is stored, to be seen before the key is taken out; empty where that
 * cannot be told. keep: KEY's DER is shared from here on, if nothing has changed since BEFORE, which is
 * freed; no harm if it fails. let_go: the last one wipes it. */
BOOL key_kept_take(
        const CRYPT_KEY_PROV_INFO *info, struct ssp_stamp now, struct private_key *key);
void key_kept_before(const CRYPT_KEY_PROV_INFO *info, struct blob *before);
void key_kept_keep(const CRYPT_KEY_PROV_INFO *info, struct blob *before, struct private_key *key);
void key_kept_let_go(struct private_key *key);

/* ---- certificates (certificate.c, query_names.c) ---- */

TimeStamp timestamp_of(FILETIME time);
/* Whose it is, as X.500 text on the process heap. */
SECURITY_STATUS certificate_subject(PCCERT_CONTEXT certificate, WCHAR **name);

struct chain {
    PCCERT_CONTEXT *certificates; /* [0] is the leaf; one reference each */
    ULONG count;
};

/* The leaf and what of its issuers can be found, without the self-signed root unless WITH_ROOT. */
SECURITY_STATUS chain_of_certificate(PCCERT_CONTEXT leaf, BOOL with_root, struct chain *chain);
void chain_free(struct chain *chain);

/* A certificate to show, with its key. */
struct identity {
    struct chain chain;
    struct private_key key;
};
/* The chain and key of each. On failure nothing is left. */
SECURITY_STATUS identities_take(const PCCERT_CONTEXT *certificates, ULONG count, struct ssp_stamp now,
        BOOL with_root, struct identity **identities, ULONG *taken);
void identities_free(struct identity *identities, ULONG count);

/* A certificate context for DER[0] whose hCertStore is a memory store with the whole chain.
 * SEC_E_CERT_UNKNOWN when one of them is no certificate. */
SECURITY_STATUS certificate_with_store(const struct bytes *der, size_t count, PCCERT_CONTEXT *leaf);

/* ---- protocols (protocol.c) ---- */

/* TLS_V bits of the SP_PROT bits of one side, and back. */
unsigned versions_of_protocols(DWORD protocols, BOOL server);
DWORD protocols_of_versions(unsigned versions, BOOL server);

/* What SCHANNEL\Protocols in the registry allows at all, and what it allows without being asked
 * for. */
void versions_by_policy(BOOL server, unsigned *allowed, unsigned *by_default);

/* ---- credentials (auth_data.c, restrict.c, credential.c) ---- */

/* SCHANNEL_CRED and SCH_CREDENTIALS, reduced to what they have in common. Views into the caller's
 * structure. */
struct auth_data {
    DWORD version;      /* dwVersion, 0 for no auth data */
    DWORD certificates; /* how many */
    PCCERT_CONTEXT *certificate;
    DWORD flags;                      /* SCH_CRED_ */
    DWORD enabled, disabled;          /* SP_PROT_; enabled 0: what is usual */
    HCERTSTORE roots;                 /* hRootStore */
    struct tls_limits limits;         /* for all connections */
    const TLS_PARAMETERS *parameters; /* all of them, also what applies to some connections only */
    DWORD parameter_count;
    DWORD lifespan;                   /* of sessions, ms; 0: what is usual */
    BOOL tls13;                       /* the structure's version admits TLS 1.3 */
};
/* USE: SECPKG_CRED_. */
SECURITY_STATUS auth_data_parse(const void *auth_data, ULONG use, struct auth_data *out);
/* What DATA has for some of a server's connections, put before *LIST. */
SECURITY_STATUS server_parameters(const struct auth_data *data, struct tls_parameters **list);

/* Each adds rules to LIMITS (restrict.c). SEC_E_INVALID_PARAMETER: no such structure;
 * SEC_E_ALGORITHM_MISMATCH: nothing could be left. */
SECURITY_STATUS restrict_crypto(const CRYPTO_SETTINGS *from, struct tls_limits *limits);
SECURITY_STATUS restrict_to_algorithms(const ALG_ID *list, DWORD count, struct tls_limits *limits);
SECURITY_STATUS restrict_strength(DWORD least, DWORD most, struct tls_limits *limits);
BOOL unicode_ok(const UNICODE_STRING *text);

enum config_kind {
    CONFIG_CLIENT,
    CONFIG_SERVER,
    CONFIG_SERVER_ASKS,
    CONFIG_DTLS_CLIENT,
    CONFIG_DTLS_SERVER,
    CONFIG_DTLS_SERVER_ASKS,
    CONFIG_KINDS
};

/* What libs/tls hands back to us when it keeps or looks for a server's session. */
struct server_sessions {
    struct credential *credential; /* NULL: nothing is kept */
    enum config_kind kind;
};

struct credential {
    struct ssp_object object;
    const SecPkgInfoW *package;
    ULONG use;   /* SECPKG_CRED_ */
    DWORD flags; /* SCH_CRED_ */
    struct tls_limits limits;
    struct tls_parameters *parameters; /* of a server; NULL: none */
    unsigned versions[2];  /* TLS_V bits: client, server */
    unsigned datagrams[2]; /* DTLS_V bits, for whoever asks for datagrams; likewise */
    ULONGLONG lifespan[2]; /* of sessions, ms: client, server; 0: none is kept */
    HCERTSTORE roots;      /* hRootStore; NULL: none given */
    WCHAR key_log[MAX_PATH]; /* key_log.c; under the lock, and as it is once key_log_known */
    BOOL key_log_known;
    struct chain chain;    /* count 0: no certificate */
    struct private_key key;
    struct identity *others; /* servers: more certificates, chosen by the client's server name */
    ULONG other_count;
    SRWLOCK lock; /* for config */
    struct tls_config *config[CONFIG_KINDS];
    struct server_sessions sessions[CONFIG_KINDS];
};

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
/* What Schannel finds for itself: as LIKE, for clients, with CERTIFICATE and its key; one
 * reference. */
SECURITY_STATUS credential_of_certificate(const struct credential *like,
        PCCERT_CONTEXT certificate, struct credential **credential);
SECURITY_STATUS credential_query(struct ssp_object *object, ULONG attribute, void *buffer);
SECURITY_STATUS query_algorithms(const struct credential *c, void *buffer);
SECURITY_STATUS query_strengths(const struct credential *c, void *buffer);

/* The configuration for KIND; lives as long as the credential, sessions take references of their
 * own. */
SECURITY_STATUS credential_config(
        struct credential *credential, enum config_kind kind, struct tls_config **config);

/* key_log.c: CONFIG's sessions write their secrets to a file, if the registry says so. */
void key_log_configure(struct credential *c, struct tls_config *config);

/* ---- contexts (context.c) ---- */

enum context_phase { PHASE_HANDSHAKE, PHASE_OPEN, PHASE_SHUT, PHASE_FAILED };

struct context {
    struct ssp_object object;
    struct credential *credential; /* one reference */
    struct tls_session *tls;
    enum context_phase phase; /* written under both locks, read under either */
    SECURITY_STATUS failure;  /* what the leg that failed said; under both locks */
    BOOL server;
    BOOL datagram; /* DTLS; one thread at a time, both locks for everything but EncryptMessage */
    ULONG mtu;     /* DTLS */
    enum config_kind kind;
    BOOL validate;           /* the peer's certificate, by ourselves */
    WCHAR *target;           /* host part of the target; NULL if none */
    WCHAR *target_name;      /* client: the target as given; NULL if none */
    BOOL reconnects;         /* this session may be taken up again; under receive_lock */
    BOOL may_reconnect;      /* a program may ask for that */
    BOOL held_back;          /* server: SCH_CRED_DISABLE_RECONNECTS, and the program has not asked */
    ULONGLONG logon;         /* the logon session of who began it */
    ULONGLONG session_end;   /* of the session that this one takes up again; 0 none */
    SECURITY_STATUS verdict; /* of the validation */
    BOOL tls13;              /* from PHASE_OPEN on */

    /* Client: what a server asks for; under both locks. */
    struct credential *second; /* whose certificate is to be shown instead; NULL; one reference */
    struct credential *shown;  /* ... is shown: its key signs until the end or until another is; one reference */
    const struct credential *session_owner; /* under whose name the session is kept */
    struct blob issuers;                    /* the server's list: size 2, name, ... */
    size_t issuer_count;
    BOOL use_supplied; /* ISC_REQ_USE_SUPPLIED_CREDS of the present leg */
    BOOL asks_nobody;  /* the present leg is of a program that cannot be asked */
    BOOL waits;        /* SEC_I_INCOMPLETE_CREDENTIALS was the last answer */
    BOOL was_asked;    /* ... and the program has come back */
    struct blob held;  /* input that waits with it: behind what TAKEN has; or the handshake record that
                        * DecryptMessage has spoken of (then under receive_lock) */
    struct blob early; /* output that waits with it (a ChangeCipherSpec of TLS 1.3) */

    struct ssp_lock receive_lock;
    struct blob taken;       /* what libs/tls has, while the program still holds it: a
                              * post-handshake record as EXTRA, or the beginning of a flight that
                              * waits for a certificate; under receive_lock */
    BOOL told;               /* SEC_I_RENEGOTIATE was said; under receive_lock */
    unsigned told_again;     /* ... so many times to a program that read on since; likewise */

    /* Attributes that are set, and those of the last leg; under both locks. */
    ULONG attributes; /* ISC_RET_ or ASC_RET_ */
    struct blob app_data;
    struct blob export_label, export_context; /* KEYING_MATERIAL_INFO */
    DWORD export_size;                        /* 0: it was not set */
    ULONG eap_prf;                            /* EAP_PRF_INFO: index into query_keys.c's table */

    struct ssp_lock send_lock; /* more than a cache line from the other, and from what both directions read */
    struct blob alert;       /* owed by ApplyControlToken to the next leg */
    BOOL alert_is_final;     /* ... after which nothing can be sent any more */
    BOOL renegotiates;       /* owed as well: the request for a new handshake */
};

/* A context for the first leg; one reference. Without a session as yet if it is DTLS. */
SECURITY_STATUS context_new(struct ssp_leg *leg, struct context **context);
/* Its session, with the ALPN that this leg brings. */
SECURITY_STATUS context_open(struct context *c, struct ssp_leg *leg);
void context_lock(struct context *c);
void context_unlock(struct context *c);

/* ---- sessions kept for later (reconnect.c) ---- */

/* Client, before the first handshake call: takes up the session that fits, if there is one. */
void reconnect_offer(struct context *c);
/* Client, after a handshake or a ticket: keeps what there is. */
void reconnect_keep(struct context *c);
/* A session that failed is not taken up again (RFC 5246 7.2.2). Of a server's, libs/tls says it. */
void reconnect_failed(struct context *c);
/* Server, before the first handshake call. */
void reconnect_serve(struct context *c);
/* SCHANNEL_SESSION_TOKEN: may the session be taken up again? Forget: again when the handshake is
 * done. Allow: SEC_E_UNSUPPORTED_FUNCTION where tickets of TLS 1.3 would be needed and it is too late. */
void reconnect_forget(struct context *c);
SECURITY_STATUS reconnect_allow(struct context *c, BOOL on);
/* Wipes all that CREDENTIAL's connections have left. */
void reconnect_forget_credential(const struct credential *credential);
/* SslEmptyCache: what clients keep for TARGET; NULL or empty: everything. FALSE: there was nothing
 * for TARGET. */
BOOL reconnect_empty(const WCHAR *target);
/* Server: CONFIG keeps its sessions here. */
SECURITY_STATUS reconnect_store(
        struct credential *c, enum config_kind kind, struct tls_config *config);

/* ---- a leg (leg.c, renegotiate.c, buffers.c, target.c, alpn.c) ---- */

SECURITY_STATUS schannel_leg(struct ssp_leg *leg);

/* Does a leg on an open context without input ask for a new handshake? */
BOOL renegotiate_wanted(const struct context *c, struct bytes in);
/* Asks for it: a server for the client's certificate, too, if its request says so. */
SECURITY_STATUS renegotiate_ask(struct context *c, struct ssp_leg *leg, struct bytes in);

/* The handshake is done: takes note, or refuses it. */
/* It asks with exactly what wininet and winhttp of Wine 8.0 and 10.0 do (measured; docs/interop.md). They take
 * SEC_I_INCOMPLETE_CREDENTIALS for a failure, so that each server which asks for a certificate without
 * demanding it would be out of their reach. wininet does not send what comes with SEC_E_OK, which a client
 * of TLS 1.2 has only when it takes up a session: it gets full handshakes. */
BOOL leg_is_wine_http(const struct ssp_leg *leg);
SECURITY_STATUS leg_finished(struct context *c, struct ssp_leg *leg);
/* On a leg of an open context: ASC_RET_MUTUAL_AUTH if it is so. */
void leg_add_mutual(struct context *c, struct ssp_leg *leg);
/* S ends it; the program may want ALERT. Gives S. */
SECURITY_STATUS leg_failed(
        struct context *c, struct ssp_leg *leg, SECURITY_STATUS s, struct bytes alert);

/* Whether OUTPUT can take a token at all; called before anything else happens. */
SECURITY_STATUS output_check(const SecBufferDesc *output, BOOL allocate);
/* SEC_E_INVALID_TOKEN for an EMPTY buffer that has a size but no memory; INPUT may be NULL. Nothing has
 * happened then: the program may come again. */
SECURITY_STATUS input_check(const SecBufferDesc *input);
/* Gives TOKEN to the TOKEN buffer, or an alert to the ALERT buffer if there is one. */
SECURITY_STATUS output_token(PSecBufferDesc output, struct bytes token, BOOL allocate);
SECURITY_STATUS output_alert(PSecBufferDesc output, struct bytes alert, BOOL allocate);
/* What was not consumed of the input TOKEN becomes EXTRA; what is missing becomes MISSING: in the
 * first EMPTY buffer. */
void input_extra(PSecBufferDesc input, struct bytes token, size_t consumed);
void input_missing(PSecBufferDesc input, size_t missing);

/* The host part of a target name as a new heap string: "TERMSRV/host:3389" -> "host". *HOST is NULL
 * for a NULL or empty TARGET. */
SECURITY_STATUS target_host(const WCHAR *target, WCHAR **host);

/* Offers or supports what a SECBUFFER_APPLICATION_PROTOCOLS buffer of INPUT lists. */
SECURITY_STATUS alpn_from_input(const SecBufferDesc *input, struct tls_session *tls);

/* How much at the beginning of IN is a record that DecryptMessage has already dealt with: then it
 * must not reach libs/tls again. Under receive_lock. */
size_t context_taken(const struct context *c, struct bytes in);

/* ---- the client's certificate (client_certificate.c) ---- */

void client_certificate_attach(struct context *c);
/* From here on CREDENTIAL's certificate is shown, if it has one; NULL: as before.
 * SEC_E_NO_CREDENTIALS: it is no client's. */
SECURITY_STATUS client_certificate_supply(struct context *c, struct ssp_object *credential);

/* ---- datagrams (datagram.c, cookie.c, srtp.c) ---- */

/* C is what context_new has made. */
SECURITY_STATUS datagram_first_leg(struct context *c, struct ssp_leg *leg);
SECURITY_STATUS datagram_later_leg(struct context *c, struct ssp_leg *leg);
/* What a leg says of itself, of what was ASKED for; and when it fails with S for want of room. */
ULONG datagram_attributes(const struct ssp_leg *leg, ULONG asked);
SECURITY_STATUS datagram_no_room(struct ssp_leg *leg, SECURITY_STATUS s);
/* One record of IN, which lies at BASE, decrypted where its data is: AT bytes into it is the record,
 * of CONSUMED bytes. SEC_E_INVALID_TOKEN, SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE: dropped, the
 * stream goes on. Under both locks. */
SECURITY_STATUS datagram_decrypt(struct context *c, struct bytes in, uint8_t *base, size_t *at,
        size_t *consumed, size_t *size);
SECURITY_STATUS datagram_set_mtu(struct context *c, const void *buffer);
SECURITY_STATUS datagram_query_mtu(struct context *c, void *buffer);
/* tls_cookie_check with the process's secrets. */
enum status cookie_check(struct bytes address, struct bytes datagram, struct blob *answer);
SECURITY_STATUS srtp_from_input(const SecBufferDesc *input, struct tls_session *tls);
SECURITY_STATUS query_srtp(struct context *c, void *buffer);

/* ---- validation of the peer (validate.c) ---- */

struct validation {
    const WCHAR *host; /* client: the server's name; NULL: unknown */
    DWORD flags;       /* SCH_CRED_ */
    BOOL peer_is_client;
    struct bytes stapled; /* the OCSP response that came along; empty: none */
    HCERTSTORE roots;     /* server: hRootStore; NULL: the system's */
};
/* SEC_E_OK or the code that Windows gives; *ALERT what to tell the peer. Fails closed. */
struct validation context_validation(const struct context *c);
SECURITY_STATUS validate_peer(
        const struct validation *v, const struct bytes *chain, size_t count, unsigned *alert);

/* Seconds since 1970. */
int64_t validation_now(void);
/* Logs why; gives STATUS. */
SECURITY_STATUS validation_refuse(SECURITY_STATUS status, const char *what);

/* opinion.c: what crypt32 and libs/tls have against a chain, nothing decided. */
struct opinion {
    PCCERT_CHAIN_CONTEXT chain; /* CertFreeCertificateChain, whatever comes back; NULL: none */
    DWORD errors;               /* CERT_TRUST_ */
    unsigned found;             /* TLS_FAULT_ */
};
/* O: zeroed. SEC_E_CERT_UNKNOWN and others: it cannot be judged; logged. */
SECURITY_STATUS opinion_of(PCCERT_CONTEXT leaf, const struct validation *v, struct opinion *o);
/* dwError of CERT_CHAIN_POLICY_SSL, without revocation, which the program's flags judge elsewhere. ERROR_SUCCESS where there is no name to compare with. */
DWORD opinion_policy(const struct opinion *o, const struct validation *v);
BOOL opinion_compares_name(const struct validation *v);
struct bytes opinion_der(PCCERT_CHAIN_CONTEXT chain, DWORD i);

/* The CERT_CHAIN_ flags that SCH_CRED_ flags on revocation and retrieval stand for. */
DWORD validation_chain_flags(DWORD flags);

#define UNKNOWN_BITS                                                                               \
    ((DWORD)CERT_TRUST_IS_OFFLINE_REVOCATION | (DWORD)CERT_TRUST_REVOCATION_STATUS_UNKNOWN)
/* validate.c: O's errors, revocation by the answer that came with the leaf among them (STAPLED: what that says); of
 * UNKNOWN_BITS those alone that count: none of a leaf with a good answer, "offline" only of a certificate that names
 * somebody to ask. */
DWORD validation_errors(const struct opinion *o, const struct validation *v, enum tls_revocation *stapled);
/* validate.c, RFC 7633: CHAIN's leaf promises an answer, and has come without one that says something. */
BOOL validation_misses_staple(
        PCCERT_CHAIN_CONTEXT chain, const struct validation *v, enum tls_revocation stapled);

/* revocation.c: for what Wine overlooks, of CHAIN's certificates those that FLAGS (SCH_CRED_) want
 * checked. CRYPT_E_REVOKED: a list says so. CRYPT_E_REVOCATION_OFFLINE: no list that one of them names
 * can be had. CRYPT_E_NO_REVOCATION_CHECK: none of them can be judged. SEC_E_OK: nothing against them. LEAF_IS_GOOD: of the leaf that is known already. */
SECURITY_STATUS revocation_again(PCCERT_CHAIN_CONTEXT chain, DWORD flags, BOOL leaf_is_good);

/* ---- statuses (alert.c) ---- */

/* libs/tls's status for the program; S may be NULL when no session is there. */
SECURITY_STATUS schannel_status(enum status status, const struct tls_session *s);
/* "Schannel Error Codes for TLS and SSL Alerts" (learn.microsoft.com). */
SECURITY_STATUS status_of_alert(int description);

/* ---- the stream (encrypt.c, decrypt.c, control.c) ---- */

SECURITY_STATUS stream_encrypt(
        struct ssp_object *object, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS stream_decrypt(
        struct ssp_object *object, PSecBufferDesc message, ULONG sequence, ULONG *quality_out);
SECURITY_STATUS control_apply(struct ssp_object *object, PSecBufferDesc token);

/* ---- attributes (query.c, query_cipher.c, query_keys.c, query_names.c, query_peer.c,
 * check_result.c) ---- */

SECURITY_STATUS context_query(struct ssp_object *object, ULONG attribute, void *buffer);
SECURITY_STATUS context_set(
        struct ssp_object *object, ULONG attribute, const void *buffer, ULONG size);
SECURITY_STATUS query_connection_info(struct context *c, void *buffer);
SECURITY_STATUS query_connection_info_ex(struct context *c, void *buffer);
SECURITY_STATUS query_cipher_info(struct context *c, void *buffer);
SECURITY_STATUS query_key_info(struct context *c, void *buffer);
SECURITY_STATUS query_remote_certificate(struct context *c, void *buffer);
SECURITY_STATUS query_remote_certificates(struct context *c, void *buffer);
SECURITY_STATUS query_root_store(struct context *c, void *buffer);
SECURITY_STATUS query_issuer_list(struct context *c, void *buffer);
SECURITY_STATUS query_local_certificate(struct context *c, void *buffer);
SECURITY_STATUS query_unique_bindings(struct context *c, void *buffer);
SECURITY_STATUS query_endpoint_bindings(struct context *c, void *buffer);
SECURITY_STATUS query_names(struct context *c, void *buffer);
SECURITY_STATUS query_authority(struct context *c, void *buffer);
SECURITY_STATUS query_lifespan(struct context *c, void *buffer);
SECURITY_STATUS query_keying_material(struct context *c, void *buffer);
SECURITY_STATUS query_eap_key_block(struct context *c, void *buffer);
SECURITY_STATUS query_check_result(struct context *c, void *buffer);
SECURITY_STATUS set_keying_material_info(struct context *c, const void *buffer);
SECURITY_STATUS set_eap_prf(struct context *c, const void *buffer);

#endif
