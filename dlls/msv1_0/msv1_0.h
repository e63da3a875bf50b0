/* msv1_0.dll: the NTLM provider's own types. The edge (libs/ssp) sees only ssp_object heads. */
#ifndef MSV1_0_MSV1_0_H
#define MSV1_0_MSV1_0_H

#include "ssp/lock.h"
#include "ssp/ssp.h"
#include "ntlm/ntlm.h"

/* What one side demands of signing and sealing. */
struct minimum {
    uint32_t weaker; /* see ntlm_client_config */
    ULONG wishes;    /* enum ntlm_wish, to be added to the program's */
};

/* The registry's settings, read once per credential. policy.c */
struct policy {
    enum ntlm_level level;
    struct minimum client, server;
    BOOL deny_sending;      /* RestrictSendingNTLMTraffic */
    struct blob exceptions; /* from it: REG_MULTI_SZ in UTF-16LE */
};

/* P zeroed. ST_NO_MEMORY. Freed by policy_free in any case. */
MUST_USE enum status policy_read(struct policy *p);
void policy_free(struct policy *p);
/* May an NTLM login be sent to TARGET, a server's name or an SPN (UTF-16LE)? */
BOOL policy_allows_sending(const struct policy *p, struct bytes target);

/* One credential; immutable once made, so that many contexts in many threads may use it. */
struct credential {
    struct ssp_object object;
    ULONG use;  /* SECPKG_CRED_INBOUND, _OUTBOUND, _BOTH */
    BOOL given; /* an identity was passed; FALSE: default credentials */
    BOOL has_password;
    struct blob user, domain;        /* UTF-16LE */
    uint8_t nt_hash[NTLM_HASH_SIZE]; /* of the password, which itself is not kept */
    BOOL has_lm_hash;                /* only where the level sends LM responses */
    uint8_t lm_hash[NTLM_HASH_SIZE];
    struct policy policy;
    BOOL omit_bindings;              /* SuppressExtendedProtection, read once */
    struct blob computer, host;      /* this machine's NetBIOS and DNS names, read once */
};

/* One context. Each direction has a lock of its own; a leg and everything else that is not one of
 * the four message functions takes both, send first. So do those where both directions share one
 * cipher (no extended session security). */
struct context {
    struct ssp_object object;
    BOOL inbound;
    struct ssp_lock send, receive;
    BOOL shared;               /* one cipher for both directions; set by the last leg */
    struct ntlm_context *ntlm; /* NULL after a failed leg */
    ULONG request;             /* ISC_REQ_ or ASC_REQ_ of the first leg */
    struct blob target;        /* client: UTF-16LE, as the caller gave it */
};

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry);
SECURITY_STATUS credential_query(struct ssp_object *c, ULONG attribute, void *buffer);

SECURITY_STATUS context_leg(struct ssp_leg *leg);
void context_lock(struct context *c);
void context_unlock(struct context *c);
/* For one direction's message, SENDING or not; the lock is released with the same value. */
void context_lock_message(struct context *c, BOOL sending);
void context_unlock_message(struct context *c, BOOL sending);

/* client.c, server.c: make the engine for a first leg. */
SECURITY_STATUS client_engine(const struct ssp_leg *leg, struct ntlm_context **engine);
SECURITY_STATUS server_engine(const struct ssp_leg *leg, struct ntlm_context **engine);

/* The ISC_RET_ or ASC_RET_ flags that are true of C now. flags.c */
ULONG context_attributes(const struct context *c, ULONG request);
ULONG wishes_of(BOOL inbound, ULONG request);

SECURITY_STATUS context_query(struct ssp_object *o, ULONG attribute, void *buffer);
SECURITY_STATUS context_set(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size);

SECURITY_STATUS message_sign(struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence);
SECURITY_STATUS message_verify(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out);
SECURITY_STATUS message_encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence);
SECURITY_STATUS message_decrypt(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out);

#endif
