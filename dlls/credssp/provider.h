/* credssp.dll: the CredSSP provider's own types. It is composed from "Schannel" and "Negotiate"
 * through the public SSPI only; the protocol is libs/credssp's. */
#ifndef CREDSSP_PROVIDER_H
#define CREDSSP_PROVIDER_H

#include "ssp/ssp.h"
#include "credssp/credssp.h"
#include <wincrypt.h>

/* The public SSPI of the process's secur32; NULL (and a log line) if it cannot be had. inner.c.
 * Never call it under the loader lock. */
PSecurityFunctionTableW inner_sspi(void);

/* One credential: the two packages' own ones, and what is delegated. Immutable once made. */
struct credential {
    struct ssp_object object;
    ULONG use;
    CredHandle tls, auth;
    BOOL has_tls, has_auth;
    struct ssp_identity identity; /* wiped when the last context lets go */
    DWORD oracle;                 /* AllowEncryptionOracle as it was then; ORACLE_NOT_SET */
};

/* One context. LOCK covers a leg and queries; the message functions go straight to the TLS context,
 * which has a lock per direction of its own. */
struct context {
    struct ssp_object object;
    BOOL inbound;
    SRWLOCK lock;
    struct credential *credential; /* held: its inner handles are used on every leg */
    ULONG request;
    WCHAR *target, *host; /* client: the whole SPN, and its host part; process heap */
    CtxtHandle tls, auth;
    BOOL has_tls, has_auth;
    BOOL auth_done; /* the inner package is complete: its attributes are final */
    BOOL complete;
    size_t taken; /* bytes at the input's start that DecryptMessage had when it asked for a leg */
    ULONG auth_attributes; /* ISC_RET_ or ASC_RET_ of the inner package */
    TimeStamp auth_expiry;
    /* client: what server_auth.c knows of the server's certificate, once it has looked */
    BOOL server_judged, certificate_good;
    CERT_TRUST_STATUS server_trust;
    SECURITY_STATUS inner_status;   /* the failing inner package's own code; SEC_E_OK if none */
    struct credssp_context *engine; /* NULL after a failed leg */
};

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry);
SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer);

/* The lowest CredSSP version that is accepted from the peer. policy.c */
enum { ORACLE_FORCE_UPDATED = 0, ORACLE_MITIGATED = 1, ORACLE_VULNERABLE = 2, ORACLE_NOT_SET = -1 };
DWORD policy_oracle(void);
uint32_t policy_lowest_version(DWORD oracle, BOOL inbound);

/* Server authentication, client only. The engine's two hooks, SELF being the context; what is asked
 * when an inner package's later token is made, before it is sent; whether ISC_RET_MUTUAL_AUTH is
 * true; CERT_TRUST_STATUS and SERVER_AUTH_FLAGS. server_auth.c */
enum status server_auth_seen(void *self);
enum status server_auth_before_proof(struct context *c);
enum status server_auth_before_delegation(void *self);
BOOL server_auth_done(const struct context *c);
SECURITY_STATUS server_auth_query(struct context *c, ULONG attribute, void *buffer);

SECURITY_STATUS context_leg(struct ssp_leg *leg);
SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer);
SECURITY_STATUS context_apply_control(struct ssp_object *o, PSecBufferDesc token);

SECURITY_STATUS message_encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence);
SECURITY_STATUS message_decrypt(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out);

/* The engine's two peers, SELF being the context: adapters over the public SSPI. */
struct credssp_tls tls_adapter(struct context *c);
struct credssp_auth auth_adapter(struct context *c);

/* An inner package's failure as a status; keeps its own code in C, so that the program sees that
 * one. */
enum status inner_failed(struct context *c, const char *package, SECURITY_STATUS status);

/* What the program is told for a failed leg. */
SECURITY_STATUS failure_code(const struct context *c, enum status s);

#endif
