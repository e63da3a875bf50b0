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

/* Delegation policy. delegation_list.c */
enum delegated_kind {
    DELEGATED_FRESH, /* the program passed the credentials */
    DELEGATED_SAVED, /* they are Credential Manager's */
    DELEGATED_KINDS
};
enum { DELEGATION_ALLOW, DELEGATION_ALLOW_NTLM, DELEGATION_DENY, DELEGATION_LISTS };
struct delegation {
    struct blob lists[DELEGATION_LISTS]; /* patterns, UTF-16LE, each with its NUL */
};
/* What the registry says now. *OUT: zeroed before; to be freed whatever is returned. ST_NO_MEMORY. */
enum status delegation_read(enum delegated_kind kind, struct delegation *out);
void delegation_free(struct delegation *d);
/* TARGET: the whole SPN, UTF-16LE. AUTHENTICATED: by a trusted certificate, or the inner package. */
BOOL delegation_allows(const struct delegation *d, struct bytes target, BOOL authenticated);

/* One credential: the two packages' own ones, and what is delegated. Immutable once made. */
struct credential {
    struct ssp_object object;
    ULONG use;
    CredHandle tls, auth;
    BOOL has_tls, has_auth;
    struct ssp_identity identity; /* wiped when the last context lets go */
    struct blob principal;        /* of which user a saved credential has to be; empty: any */
    BOOL tls_compares_no_name;    /* SCH_CRED_NO_SERVERNAME_CHECK: Schannel's word on the name is none */
    BOOL nothing_saved;           /* SECPKG_CRED_AUTOLOGON_RESTRICTED: none that is saved is used */
    DWORD oracle;                 /* AllowEncryptionOracle as it was then; ORACLE_NOT_SET */
    struct delegation delegation; /* outbound: the policy for IDENTITY as it was then */
};

/* One context. LOCK covers a leg and queries; the message functions go straight to the TLS context,
 * which has a lock per direction of its own. */
struct context {
    struct ssp_object object;
    BOOL inbound;
    SRWLOCK lock;
    struct credential *credential; /* held: its inner handles are used on every leg */
    struct credential *tls_from;   /* held: whose TLS handle is used; another's after the server has
                                    * asked for a certificate (SEC_I_INCOMPLETE_CREDENTIALS) */
    BOOL asked_for_certificate;    /* the last leg said so */
    struct ssp_identity saved;     /* client: who logs in, if the credential names nobody */
    CredHandle saved_auth;         /* Negotiate's credential for SAVED */
    BOOL has_saved_auth;
    ULONG request;
    WCHAR *target, *host; /* client: the whole SPN, and its host part; process heap */
    CtxtHandle tls, auth;
    BOOL has_tls, has_auth;
    BOOL auth_done; /* the inner package is complete: its attributes are final */
    LONG complete; /* written under the lock, read without it: context_complete */
    /* Of the TLS context, whose peer has one certificate for good: asked for once. */
    SecPkgContext_Bindings bindings; /* tls-server-end-point; NULL: none (yet), or ... */
    BOOL no_bindings;                /* ... Schannel has said that there are none */
    struct blob tls_key;
    size_t taken; /* bytes at the input's start that DecryptMessage had when it asked for a leg */
    ULONG auth_attributes; /* ISC_RET_ or ASC_RET_ of the inner package */
    TimeStamp auth_expiry; /* UTC */
    ULONG attributes; /* ISC_RET_ or ASC_RET_ as the last leg told them */
    /* client: what server_auth.c knows of the server's certificate, once it has looked */
    BOOL server_judged, certificate_good;
    CERT_TRUST_STATUS server_trust;
    SECURITY_STATUS inner_status;   /* the failing inner package's own code; SEC_E_OK if none */
    struct credssp_context *engine; /* NULL after a failed login */
};

/* What a program passes as pAuthData, taken apart: views into its memory, NULL for what is not there.
 * SEC_E_UNKNOWN_CREDENTIALS, SEC_E_UNSUPPORTED_FUNCTION. submit.c */
struct submitted {
    void *tls;      /* SCHANNEL_CRED or SCH_CREDENTIALS */
    void *identity; /* SEC_WINNT_AUTH_IDENTITY of any form */
};
SECURITY_STATUS submit_take_apart(void *auth_data, struct submitted *out);

/* Who logs in on C: what the program passed, or what is saved for the target. saved_find's errors, and
 * SEC_E_NO_CREDENTIALS for a program that wants none of these. Client, once, holding no lock; then
 * the identity to delegate, and Negotiate's credential. logon.c */
SECURITY_STATUS logon_find(struct context *c);
const struct ssp_identity *logon_identity(const struct context *c);
CredHandle *logon_credential(struct context *c);
void logon_free(struct context *c);
/* Negotiate's credential for ID, and for its PACKAGES only if the list is not empty; none that is saved
 * is used. USE: with its limits. */
SECURITY_STATUS logon_acquire(const WCHAR *principal, ULONG use, const LUID *logon_id,
        const struct ssp_identity *id, const struct blob *packages, CredHandle *out);

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry);
SECURITY_STATUS credential_query(struct ssp_object *o, ULONG attribute, void *buffer);

/* The lowest CredSSP version that is accepted from the peer. policy.c */
enum { ORACLE_FORCE_UPDATED = 0, ORACLE_MITIGATED = 1, ORACLE_VULNERABLE = 2, ORACLE_NOT_SET = -1 };
DWORD policy_oracle(void);
uint32_t policy_lowest_version(DWORD oracle, BOOL inbound);

/* What is known of the server, client only: it is whom the target names; the inner package may still
 * say so; it is not. */
enum server_word { SERVER_AUTHENTICATED, SERVER_MAY_BE, SERVER_IS_NOT };
/* The engine's two hooks, SELF being the context; what is asked when an inner package's later token
 * is made, before it is sent. */
enum status server_auth_seen(void *self);
enum status server_auth_before_proof(struct context *c);
enum status server_auth_before_delegation(void *self);
/* Whether ISC_RET_MUTUAL_AUTH is true; CERT_TRUST_STATUS and SERVER_AUTH_FLAGS. server_auth.c */
BOOL server_auth_done(const struct context *c);
SECURITY_STATUS server_auth_query(struct context *c, ULONG attribute, void *buffer);

/* May credentials go to the target at all? Asked before the first token. SEC_E_TARGET_UNKNOWN
 * without a target, SEC_E_DELEGATION_POLICY. delegation.c */
SECURITY_STATUS delegation_for_target(const struct context *c);
/* Whether the answer depends on the server's being authenticated; and the answer then, for WORD.
 * ST_POLICY, with the code for the program in C. */
BOOL delegation_depends(const struct context *c);
enum status delegation_check(struct context *c, enum server_word word);

/* What a program may ask for: SEC_E_UNSUPPORTED_FUNCTION for what CredSSP cannot give; and what it is
 * told on each leg. flags.c */
SECURITY_STATUS flags_check(const struct ssp_leg *leg);
ULONG flags_of_leg(const struct context *c, ULONG request);

/* Is the login done? Then `tls` can be read without the lock as well. */
static inline BOOL context_complete(const struct context *c)
{
    return __atomic_load_n(&c->complete, __ATOMIC_ACQUIRE);
}

SECURITY_STATUS context_leg(struct ssp_leg *leg);
SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer);
/* Server: the token of the inner package's user. */
SECURITY_STATUS context_query_token(struct ssp_object *o, void **token);
SECURITY_STATUS context_impersonate(struct ssp_object *o);
SECURITY_STATUS context_revert(struct ssp_object *o);
SECURITY_STATUS context_apply_control(struct ssp_object *o, PSecBufferDesc token);

/* SECPKG_ATTR_CREDS, _CREDS_2: once; SEC_E_NO_CREDENTIALS afterwards, SEC_E_UNSUPPORTED_FUNCTION on a
 * client, before completion, and for remote guard. OUT gets a heap block. delegated.c */
SECURITY_STATUS delegated_query(struct context *c, SecPkgContext_ClientCreds *out);

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

/* A package that is not there is the installation's fault; any other failure is about what the
 * program passed. Says which in the log, returns STATUS. */
SECURITY_STATUS inner_refused(const char *package, const char *file, SECURITY_STATUS status);

/* What the program is told for a failed leg. */
SECURITY_STATUS failure_code(const struct context *c, enum status s);

#endif
