/* NTLM as [MS-NLMP] has it: the interface of this room. No Windows, no I/O, no clock.
 *
 * An engine (struct ntlm_context) takes the peer's token and gives the next one. One engine is one
 * login; after a failure it stays failed (ST_BAD_STATE), except for sealing and unsealing, where a
 * bad message is refused without harm to the context ([MS-NLMP] 3.4.4).
 * Threads: the two directions (seal/sign and unseal/verify) may be used by two threads at once
 * when extended session security was negotiated; anything else is for one thread at a time. The
 * edge holds the locks.
 * All text is UTF-16LE without NUL, as on the wire.
 */
#ifndef NTLM_NTLM_H
#define NTLM_NTLM_H

#include "base/bytes.h"

/* [MS-NLMP] 2.2.2.5 */
enum {
    NTLMSSP_NEGOTIATE_UNICODE = 0x00000001,
    NTLMSSP_NEGOTIATE_OEM = 0x00000002,
    NTLMSSP_REQUEST_TARGET = 0x00000004,
    NTLMSSP_NEGOTIATE_SIGN = 0x00000010,
    NTLMSSP_NEGOTIATE_SEAL = 0x00000020,
    NTLMSSP_NEGOTIATE_DATAGRAM = 0x00000040,
    NTLMSSP_NEGOTIATE_LM_KEY = 0x00000080,
    NTLMSSP_NEGOTIATE_NTLM = 0x00000200,
    NTLMSSP_ANONYMOUS = 0x00000800,
    NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED = 0x00001000,
    NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED = 0x00002000,
    NTLMSSP_NEGOTIATE_ALWAYS_SIGN = 0x00008000,
    NTLMSSP_TARGET_TYPE_DOMAIN = 0x00010000,
    NTLMSSP_TARGET_TYPE_SERVER = 0x00020000,
    NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY = 0x00080000,
    NTLMSSP_NEGOTIATE_IDENTIFY = 0x00100000,
    NTLMSSP_REQUEST_NON_NT_SESSION_KEY = 0x00400000,
    NTLMSSP_NEGOTIATE_TARGET_INFO = 0x00800000,
    NTLMSSP_NEGOTIATE_VERSION = 0x02000000,
    NTLMSSP_NEGOTIATE_128 = 0x20000000,
    NTLMSSP_NEGOTIATE_KEY_EXCH = 0x40000000,
};
#define NTLMSSP_NEGOTIATE_56 0x80000000u

enum {
    NTLM_HASH_SIZE = 16,      /* NT hash, NTOWFv2, keys, MIC: all 16 bytes */
    NTLM_CHALLENGE_SIZE = 8,
    NTLM_LM_KEY_SIZE = 8,     /* LMOWFv1[0..7], for NTLMSSP_NEGOTIATE_LM_KEY */
    NTLM_SIGNATURE_SIZE = 16,
    NTLM_MACHINE_ID_SIZE = 32,
    NTLM_TOKEN_MAX = 2888,    /* cbMaxToken of Windows' package */
};

/* What the caller asks of a context; becomes NEGOTIATE flags (flags.c). */
enum ntlm_wish {
    NTLM_WISH_SIGN = 1,      /* integrity, replay or sequence detection */
    NTLM_WISH_SEAL = 2,      /* confidentiality */
    NTLM_WISH_IDENTIFY = 4,
    NTLM_WISH_NULL_SESSION = 8, /* client: anonymous; server: anonymous is allowed */
    NTLM_WISH_DATAGRAM = 16,    /* connectionless, [MS-NLMP] 3.1.5.2 and 3.2.5.2: see ntlm_step */
    NTLM_WISH_UNVERIFIED_TARGET = 32, /* client: the target's name is of an untrusted source */
};

/* How old a login may be: Windows' LmCompatibilityLevel plus 1, so that a zeroed config has the
 * strictest: version 2 only. [MS-NLMP] 3.1.1.1, 3.2.1.1
 *            client sends                                          server takes
 *   level 0  NTLM and LM, never with extended session security     version 2, version 1, LM
 *   level 1  the same, with it if the server knows it              version 2, version 1, LM
 *   level 2  NTLM, twice in place of LM; else as level 1           version 2, version 1, LM
 *   level 3  version 2                                             version 2, version 1, LM
 *   level 4  version 2                                             version 2, version 1
 *   level 5  version 2                                             version 2
 * A client's response is of its level whatever the server says: nobody on the way can talk it into
 * an older one (but at levels 1 and 2 into one without extended session security). */
enum ntlm_level {
    NTLM_LEVEL_DEFAULT,
    NTLM_LEVEL_0,
    NTLM_LEVEL_1,
    NTLM_LEVEL_2,
    NTLM_LEVEL_3,
    NTLM_LEVEL_4,
    NTLM_LEVEL_5,
    NTLM_LEVELS,
};

struct ntlm_context;

/* The NT hash: MD4 of the password in UTF-16LE. [MS-NLMP] 3.3.1 NTOWFv1. */
void ntlm_nt_hash(struct bytes password, uint8_t hash[NTLM_HASH_SIZE]);

/* The LM hash, LMOWFv1 of [MS-NLMP] 3.3.1. False, and zeros, for a password that has none: more than
 * 14 characters, or not ASCII (what the rest is depends on a code page). */
bool ntlm_lm_hash(struct bytes password, uint8_t hash[NTLM_HASH_SIZE]);

/* MD5 over gss_channel_bindings_struct for APPLICATION_DATA (e.g. "tls-server-end-point:" + hash),
 * initiator and acceptor address types and lengths 0. [MS-NLMP] 2.2.2.1, RFC 4121 4.1.1.2. */
void ntlm_channel_bindings_hash(struct bytes application_data, uint8_t hash[NTLM_HASH_SIZE]);

/* The client's side. Every view is copied by ntlm_client_new. */
struct ntlm_client_config {
    struct bytes user, domain, workstation; /* UTF-16LE; may be empty */
    const uint8_t *nt_hash;                 /* 16 bytes; NULL only for anonymous */
    struct bytes target_name;               /* the SPN as the caller gave it; empty if none */
    const uint8_t *bindings_hash;           /* 16 bytes, or NULL: 16 zero bytes are sent */
    bool omit_bindings;                     /* SuppressExtendedProtection: neither AV pair is sent */
    uint32_t wishes;                        /* enum ntlm_wish */
    enum ntlm_level level;
    uint32_t weaker;          /* what signing and sealing may do without, of EXTENDED_SESSIONSECURITY,
                               * 128 and 56: NTLMSSP_ flags. 0: nothing, 128 bits it is */
    const uint8_t *lm_hash;   /* 16 bytes, for levels 0 and 1; NULL: none, the NT response instead */
    bool mix_random;          /* the session key is not random()'s 16 bytes but their HMAC_MD5 under
                               * the key exchange key: for sources that keep what they gave */
    struct world world;
    const uint8_t *machine_id; /* NTLM_MACHINE_ID_SIZE random bytes, for MsvAvSingleHost; NULL: not sent.
                                * Not copied: it has to outlive the context */
};

/* *CONTEXT is owned by the caller: ntlm_free. ST_BAD_ARGUMENT, ST_NO_MEMORY, ST_NO_CREDENTIALS. */
MUST_USE enum status ntlm_client_new(
        const struct ntlm_client_config *config, struct ntlm_context **context);

/* Which proof of the password a login brought. LM: only an LM response. */
enum ntlm_proof { NTLM_PROOF_V2, NTLM_PROOF_V1, NTLM_PROOF_LM };

/* A login as the server saw it, for whoever knows the accounts: a local store computes from the NT
 * hash with ntlm_check_logon; a domain source passes the fields on and gets the session base key.
 * All views live only during the call. */
struct ntlm_logon {
    struct bytes user, domain, workstation; /* as the client sent them */
    const uint8_t *server_challenge;        /* 8 bytes */
    struct bytes nt_response, lm_response;
    uint32_t flags;                         /* negotiated NTLMSSP_ flags */
    enum ntlm_proof proof;                  /* what the responses are; the level has let them in */
    uint8_t *lm_key; /* out, 8 bytes, for NTLMSSP_NEGOTIATE_LM_KEY: LMOWFv1[0..7]; NULL: not wanted */
    bool *guest;     /* out, preset false: with ST_OK, an unknown user is let in as guest, and nothing
                      * of the login is proven; NULL: no guests here */
    bool *local;     /* out, preset false: with ST_OK, the account is the server's own, whatever domain
                      * the client named; the user is then of the domain nb_computer */
};

/* Gives the session base key of a good login. ST_LOGON_DENIED: unknown user or wrong password, never
 * which. ST_NO_AUTHORITY: nobody here answers for this domain. */
typedef enum status (*ntlm_authenticate)(
        void *self, const struct ntlm_logon *logon, uint8_t session_base_key[NTLM_HASH_SIZE]);

/* For sources that hold the NT hash: verifies NTProofStr (always, MIC or not), or the NT response of
 * version 1, in constant time and derives the session base key. NTLM_PROOF_LM is denied. The domain is hashed exactly as sent, the user upper-cased.
 * An unknown user is checked against a hash of zeros with KNOWN false, at the same cost.
 * ST_LOGON_DENIED, ST_NO_MEMORY. [MS-NLMP] 3.3.2 */
MUST_USE enum status ntlm_check_logon(const struct ntlm_logon *logon,
        const uint8_t nt_hash[NTLM_HASH_SIZE], bool known,
        uint8_t session_base_key[NTLM_HASH_SIZE]);

/* The same for NTLM_PROOF_LM, by sources that hold the LM hash. The session base key is LMOWFv1[0..7]
 * and 8 zeros (?). */
MUST_USE enum status ntlm_check_lm_logon(const struct ntlm_logon *logon,
        const uint8_t lm_hash[NTLM_HASH_SIZE], bool known,
        uint8_t session_base_key[NTLM_HASH_SIZE]);

enum ntlm_bindings_policy { NTLM_BINDINGS_IGNORE, NTLM_BINDINGS_IF_SENT, NTLM_BINDINGS_REQUIRE };

/* The client's MsvAvTargetName has to be a name of this server's. Not sent is also: empty, said to be
 * unverified (MsvAvFlags 4), and any login that proves no NTLMv2 response. */
enum ntlm_target_policy { NTLM_TARGET_IGNORE, NTLM_TARGET_IF_SENT, NTLM_TARGET_REQUIRE };

/* The server's name in an SPN (service/host:port/name@realm, "Name Formats for Unique SPNs") or in a
 * plain "host:port"; an IPv6 address without its brackets. A view into TARGET. UTF-16LE. */
struct bytes ntlm_target_host(struct bytes target);
/* What stands before the first slash; empty if there is none. */
struct bytes ntlm_target_service(struct bytes target);

/* Is TARGET (an SPN or a plain name) in LIST? NAMES of the list are whole SPNs, which then have to be
 * TARGET, or hosts, which then have to be TARGET's host; without case. LIST is as a REG_MULTI_SZ:
 * UTF-16LE, a NUL behind each name. */
bool ntlm_target_listed(struct bytes target, struct bytes list);

struct ntlm_server_config {
    struct bytes nb_computer, nb_domain, dns_computer, dns_domain; /* UTF-16LE for the AV pairs */
    bool is_domain;                /* target type; else NTLMSSP_TARGET_TYPE_SERVER */
    ntlm_authenticate authenticate;
    void *authenticate_self;
    const uint8_t *bindings_hash;  /* 16 bytes, or NULL: the server has none, nothing is checked */
    enum ntlm_bindings_policy bindings_policy;
    uint32_t wishes;               /* what is required of the client: ST_PEER_UNSUPPORTED otherwise */
    enum ntlm_level level;
    uint32_t weaker;               /* as the client's */
    bool lm_hashes;                /* the source knows LM hashes: LM alone and LM_KEY are possible */
    bool omit_timestamp;           /* no client then makes a MIC: for the exchange of 4.2.4 only */
    struct world world;
    bool guests;                   /* the source may let unknown users in as guests */
    enum ntlm_target_policy target_policy;
    struct bytes targets;          /* names this server answers for beside nb_ and dns_computer: see
                                    * ntlm_target_listed */
    const uint8_t *machine_id;     /* this machine's own, as a client's; NULL: none, nobody is loopback.
                                    * Not copied either */
};

MUST_USE enum status ntlm_server_new(
        const struct ntlm_server_config *config, struct ntlm_context **context);

/* One leg. IN is empty on a client's first leg. OUT is replaced by the token to send; empty when there
 * is none. ST_CONTINUE: send it and come back. ST_OK: complete; a client still has to send OUT.
 * Datagram: there is no NEGOTIATE message. The client's first leg gives ST_CONTINUE and an empty OUT,
 * the server's first leg takes an empty IN and gives the CHALLENGE; keys are always exchanged.
 * Server, after the AUTHENTICATE message: NTProofStr always checked; if MsvAvFlags says a MIC is
 * there it is checked too. The server always sends MsvAvTimestamp: an AUTHENTICATE without the MIC
 * bit (old clients, curl) has to repeat it under NTProofStr, or the CHALLENGE was altered to keep
 * the client from making a MIC (ST_BAD_SIGNATURE).
 * An NTLMv2 response that is further than 36 hours from the server's clock is ST_LOGON_DENIED (MaxLifetime,
 * 3.1.1.1 and 3.2.5.1.2). Another server's name, or none where one has to be: ST_BAD_BINDINGS.
 * A guest has no session security, as anonymous: ST_PEER_UNSUPPORTED where signing or sealing is wished. His
 * user name is Guest and his domain this computer: the names that he gave are proven by nothing.
 * Errors: ST_BAD_TOKEN, ST_LOGON_DENIED, ST_NO_AUTHORITY, ST_BAD_SIGNATURE (MIC), ST_BAD_BINDINGS,
 * ST_PEER_UNSUPPORTED, ST_NO_COMMON_ALGORITHM, ST_NO_MEMORY, ST_NO_RANDOM, ST_BAD_STATE. */
MUST_USE enum status ntlm_step(struct ntlm_context *c, struct bytes in, struct blob *out);

/* Channel bindings that the caller learns, or gives, only after the first leg: until the step that
 * makes (client) or checks (server) the AUTHENTICATE message; the last ones given count. BINDINGS_HASH:
 * 16 bytes. Afterwards ST_BAD_STATE. */
MUST_USE enum status ntlm_set_bindings(
        struct ntlm_context *c, const uint8_t bindings_hash[NTLM_HASH_SIZE]);

/* A part of a message. ENCRYPT: encrypted and signed; otherwise signed only (READONLY_WITH_CHECKSUM;
 * NTLMv2 session security signs every data buffer, [MS-NLMP] 3.4). Order matters. */
struct ntlm_part {
    uint8_t *data;
    size_t size;
    bool encrypt;
};

/* SIGNATURE gets 16 bytes. ntlm_sign encrypts nothing whatever the parts say and never changes data.
 * ntlm_seal encrypts in place. Before completion ST_BAD_STATE; neither SIGN nor SEAL negotiated:
 * ntlm_sign gives the dummy signature (01 00 00 00, 12 zeros), ntlm_seal ST_UNSUPPORTED. */
MUST_USE enum status ntlm_sign(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE]);
MUST_USE enum status ntlm_seal(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        uint8_t signature[NTLM_SIGNATURE_SIZE]);

/* ntlm_unseal decrypts in place and leaves the data as it was (still encrypted) when the signature is
 * bad. ST_BAD_SIGNATURE: altered; ST_OUT_OF_SEQUENCE: another sequence number than the next one. On
 * either the counter and the cipher state stay where they were. */
MUST_USE enum status ntlm_verify(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        struct bytes signature);
MUST_USE enum status ntlm_unseal(struct ntlm_context *c, const struct ntlm_part *parts, size_t count,
        struct bytes signature);

/* Datagram contexts count no messages: the application numbers them. Before each of the four calls
 * above, the number of the message under way: of one that goes out (OUTGOING: sign, seal), or that one
 * that came in must have, else ST_OUT_OF_SEQUENCE. Each number has a key of its own: whoever seals two
 * messages under one number and in one direction gives both away. Not datagram: nothing happens.
 * Until the context is complete nothing happens either. [MS-NLMP] 3.4, 3.4.4 */
void ntlm_number_message(struct ntlm_context *c, bool outgoing, uint32_t number);

/* SPNEGO's needs ([MS-SPNG] 3.3.5.1): was (client) or will (server) a MIC be part of the exchange, so that
 * mechListMIC must follow; and put one direction's RC4 state (OUTGOING: what we seal, else what we
 * unseal) back to the initial key while the sequence numbers go on. Per direction, because a CredSSP
 * client seals pubKeyAuth before it has seen the server's mechListMIC. Where both directions share one
 * state (no extended session security) either call puts that one back. */
bool ntlm_mic_used(const struct ntlm_context *c);
MUST_USE enum status ntlm_reset_cipher(struct ntlm_context *c, bool outgoing);

/* What the context knows; valid from the first leg on where it makes sense, views live as long as the
 * context. session_key NULL before completion. */
struct ntlm_info {
    bool complete;
    bool anonymous;
    bool guest;                      /* server; a client is not told */
    bool loopback;                   /* server: the client has our machine_id */
    uint32_t flags;                  /* negotiated NTLMSSP_ flags */
    struct bytes user, domain, workstation; /* of the client, either side */
    struct bytes target_name;        /* server: MsvAvTargetName the client sent; client: its own */
    struct bytes server_name, server_domain; /* client: from the CHALLENGE's AV pairs */
    const uint8_t *session_key;      /* 16 bytes: ExportedSessionKey */
};
void ntlm_query(const struct ntlm_context *c, struct ntlm_info *info);

/* Wipes and frees; NULL is fine. */
void ntlm_free(struct ntlm_context *c);

#endif
