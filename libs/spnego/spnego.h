/* SPNEGO: RFC 4178 with [MS-SPNG]. The interface of this room; mechanisms are seen only through
 * struct spnego_mech. No Windows, no I/O. After a failure an engine stays failed (ST_BAD_STATE).
 * One engine is one negotiation, for one thread at a time.
 */
#ifndef SPNEGO_SPNEGO_H
#define SPNEGO_SPNEGO_H

#include "base/writer.h"

/* Room for more than any signature has: NTLM's 16 bytes, Kerberos' 28 to 40 (RFC 4121 4.2.6.1, RFC 3961,
 * RFC 8009). */
enum { SPNEGO_MIC_MAX = 128 };
struct spnego_mic {
    size_t size; /* 0: none */
    uint8_t bytes[SPNEGO_MIC_MAX];
};

/* What a mechanism can do; SELF is its own context. The engine calls no function of a mechanism that was not
 * chosen, except step() of the first one offered, for the optimistic token. */
struct spnego_functions {
    /* One leg: as in ntlm_step: ST_CONTINUE, ST_OK, or a failure. IN empty on an initiator's first.
     * *OUT, empty before, is the mechanism's own until the engine's leg is over. */
    enum status (*step)(void *self, struct bytes in, struct bytes *out);
    /* Must mechListMIC be exchanged even if this is the preferred mechanism? Asked after step gave
     * ST_OK, and only if can_mic. NULL: never (plain RFC 4178). */
    bool (*mic_wanted)(void *self);
    /* MIC over DATA (the DER of MechTypeList): ST_OK and what is not empty, or a failure; verify says
     * ST_BAD_SIGNATURE. */
    enum status (*get_mic)(void *self, struct bytes data, struct spnego_mic *mic);
    enum status (*verify_mic)(void *self, struct bytes data, struct bytes mic);
    /* NTLM puts its RC4 state back ([MS-SPNG] 3.3.5.1), each direction as soon as it is done with
     * mechListMIC: OUTGOING right after ours was made, the other right after the peer's verified.
     * NULL: nothing. */
    enum status (*reset)(void *self, bool outgoing);
    /* Can it sign at all? Asked after step gave ST_OK. NULL: yes. For NTLM: SIGN or SEAL was
     * negotiated; its dummy signature is none (MIT's acceptor answers it with no MIC, pyspnego's
     * with another). If not, no MIC is demanded; one that the peer sends is verified and answered
     * all the same. But a client's mechanism that was begun because the server did not take the
     * first has to: ST_DOWNGRADE. */
    bool (*can_mic)(void *self);
};

struct spnego_mech {
    struct bytes oid; /* contents octets of the OID, without tag and length; static */
    const char *name; /* for the log: "NTLM" */
    const struct spnego_functions *functions; /* static */
    void *self;                               /* not freed here */
};

/* OID contents octets. */
extern const struct bytes spnego_oid_spnego;   /* 1.3.6.1.5.5.2 */
extern const struct bytes spnego_oid_ntlm;     /* 1.3.6.1.4.1.311.2.2.10 */
extern const struct bytes spnego_oid_krb5;     /* 1.2.840.113554.1.2.2 */
extern const struct bytes spnego_oid_ms_krb5;  /* 1.2.840.48018.1.2.2 */
extern const struct bytes spnego_oid_krb5_u2u; /* 1.2.840.113554.1.2.2.3 */
extern const struct bytes spnego_oid_negoex;   /* 1.3.6.1.4.1.311.2.2.30 */

enum { SPNEGO_MECHS_MAX = 8 };

/* What a client with Kerberos under both of its names and NTLM lists has 36 bytes; a longer list takes an
 * allocation. */
enum { SPNEGO_MECH_TYPES_ROOM = 56 };

/* One negotiation. It is here so that it can be part of its owner; its members are the engine's (engine.h).
 * A zeroed one is as one that has failed. Not to be moved once it has begun. */
struct spnego_context {
    const struct spnego_side *side;
    unsigned state; /* enum state */
    struct spnego_mech mechs[SPNEGO_MECHS_MAX];
    size_t count;
    size_t offered[SPNEGO_MECHS_MAX]; /* client: indices into mechs, in the order of mechTypes */
    size_t offered_count;
    size_t chosen; /* index into mechs; meaningful if has_chosen */
    bool has_chosen;
    bool raw_single;    /* client */
    bool direct;        /* SPNEGO was left aside */
    bool mech_complete; /* step said ST_OK */
    bool mic_demanded;  /* by RFC 4178: request-mic, or not the preferred mechanism */
    bool mic_excused;   /* server: demanded for a mechanism that the client does not offer */
    bool passed_over;   /* client: the server did not take the mechanism that was preferred */
    bool mic_sent;
    struct writer mech_types; /* the DER that mechListMIC covers, byte for byte as it was on the wire */
    uint8_t mech_types_room[SPNEGO_MECH_TYPES_ROOM];
};

/* Makes C, which is zeroed, a negotiation that starts it; ST_BAD_ARGUMENT. MECHS in order of preference, 1 to SPNEGO_MECHS_MAX; the array is
 * copied, the objects behind SELF must outlive the context. Kerberos may be given twice, with both
 * of its OIDs and the same SELF, as Windows offers it. A mechanism whose first step fails with the
 * peer's or the caller's fault (no ticket, no credentials) is not offered; the status counts if
 * none is left. ST_LOGON_DENIED of a first step ends the negotiation. RAW_SINGLE: if only one can
 * be offered, its tokens go out without SPNEGO around them, as Windows does when NTLM is the only
 * choice; an answer in SPNEGO is then the mechanism's to refuse. A server that spoke first is
 * answered in SPNEGO all the same; its list takes nothing out of what is offered. */
MUST_USE enum status spnego_client_init(struct spnego_context *c, const struct spnego_mech *mechs,
        size_t count, bool raw_single);

/* The same for one that answers. MECHS as above; the first of the client's list that is among them is
 * chosen. That is the client's order; where it is not also MECHS[0], mechListMIC is asked for, and
 * demanded if the client offers that one too (RFC 4178 section 5). Accepts SPNEGO, and raw tokens of NTLM ("NTLMSSP\0") and Kerberos (GSS-API
 * framing with a Kerberos OID) when such a mechanism is there. */
MUST_USE enum status spnego_server_init(
        struct spnego_context *c, const struct spnego_mech *mechs, size_t count);

/* One leg. Client: IN empty (or the NegTokenInit2 hint of a server that spoke first) on the first.
 * Server: IN empty on the first gives NegTokenInit2 with the hint
 * "not_defined_in_RFC4178@please_ignore" ([MS-SPNG] 2.2.1).
 * ST_CONTINUE / ST_OK with or without a token in OUT, which is empty before; OK with a token: it must
 * still be sent. After completion or failure ST_BAD_STATE. mechListMIC is demanded whenever the
 * mechanism wants it or the preferred mechanism was not taken; a missing or bad one is
 * ST_BAD_SIGNATURE. A client that brings none although only the mechanism wants it is sent the
 * server's first and has one more leg to bring its own (so Windows Server 2025). A server's reject
 * is ST_LOGON_DENIED when the mechanism had begun, else ST_NO_COMMON_ALGORITHM. A failing
 * mechanism's status is passed on. On failure OUT is empty, except on a server that could read the
 * token: a NegTokenResp with reject, for callers that notify the peer. Errors: ST_BAD_TOKEN,
 * ST_BAD_SIGNATURE, ST_DOWNGRADE, ST_NO_COMMON_ALGORITHM, ST_LOGON_DENIED, ST_NO_MEMORY,
 * ST_BAD_STATE, and the mechanism's own. */
MUST_USE enum status spnego_step(struct spnego_context *c, struct bytes in, struct writer *out);

/* The mechanism in use, or the one whose token went out with the offer while the server has not
 * chosen: index into MECHS; -1 before. */
int spnego_chosen(const struct spnego_context *c);

/* True when the mechanism is complete, ours is the last mechListMIC to be made (or none is needed)
 * and the outgoing cipher state is where it belongs: what is sealed now, the peer can unseal once
 * it has our last token. A CredSSP client may so put pubKeyAuth beside AUTHENTICATE and
 * mechListMIC, before spnego_step has said ST_OK. Unsealing has to wait for ST_OK. False after a
 * failure. */
bool spnego_can_protect(const struct spnego_context *c);

/* For NEGOTIATION_INFO: how far it is. DIRECT: raw tokens, not yet complete. */
enum spnego_progress { SPNEGO_OPTIMISTIC, SPNEGO_IN_PROGRESS, SPNEGO_DIRECT, SPNEGO_COMPLETE };
enum spnego_progress spnego_progress(const struct spnego_context *c);

/* Frees what C has allocated, not the mechanisms; C is then as a zeroed one. */
void spnego_end(struct spnego_context *c);

#endif
