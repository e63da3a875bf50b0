/* credssp.dll: the CredSSP provider's own types. It is composed from "Schannel" and "Negotiate"
 * through the public SSPI only; the protocol is libs/credssp's. */
#ifndef CREDSSP_PROVIDER_H
#define CREDSSP_PROVIDER_H

#include "ssp/ssp.h"
#include "credssp/credssp.h"

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
    BOOL complete;
    size_t taken; /* bytes at the input's start that DecryptMessage had when it asked for a leg */
    ULONG auth_attributes; /* ISC_RET_ or ASC_RET_ of the inner package */
    TimeStamp auth_expiry;
    SECURITY_STATUS inner_status;   /* the failing inner package's own code; SEC_E_OK if none */
    struct credssp_context *engine; /* NULL after a failed leg */
};

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry);
SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer);

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
