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

/* Whom a server takes, beside known users with their passwords. */
struct admission {
    BOOL guests; /* AllowGuest */
    enum ntlm_target_policy target_policy; /* TargetNameCheck */
    struct blob targets; /* AcceptedTargets: REG_MULTI_SZ in UTF-16LE */
};

/* The registry's settings, read once per credential. policy.c */
struct policy {
    enum ntlm_level level;
    BOOL lm_hashes; /* NoLMHash 0: LM hashes of accounts are used */
    struct minimum client, server;
    BOOL deny_sending;      /* RestrictSendingNTLMTraffic */
    struct blob exceptions; /* from it: REG_MULTI_SZ in UTF-16LE */
    struct admission admission;
};

/* P zeroed. ST_NO_MEMORY. Freed by policy_free in any case. */
MUST_USE enum status policy_read(struct policy *p);
void policy_free(struct policy *p);
/* May an NTLM login be sent to TARGET, a server's name or an SPN (UTF-16LE)? */
BOOL policy_allows_sending(const struct policy *p, struct bytes target);
/* A REG_MULTI_SZ of HKLM, as UTF-16LE; OUT is left alone if there is none that can be read. */
MUST_USE enum status policy_multi_text(const WCHAR *path, const WCHAR *value, struct blob *out);
/* A zeroed. ST_NO_MEMORY. admission.c */
MUST_USE enum status admission_read(struct admission *a);

/* This process, for MsvAvSingleHost: NTLM_MACHINE_ID_SIZE random bytes, always the same; NULL if there
 * are none to be had. machine.c */
const uint8_t *machine_id(void);

struct credential;
/* C's policy, omit_bindings, computer and host, as they are now. ST_NO_MEMORY. settings.c */
MUST_USE enum status settings_take(struct credential *c);
/* The DLL goes: lets go of what tells of changes. */
void settings_unload(void);

/* Who logs in, and with what. A zeroed one is nobody. */
struct login {
    BOOL given;                      /* somebody; FALSE: default credentials */
    struct blob user, domain;        /* UTF-16LE */
    uint8_t nt_hash[NTLM_HASH_SIZE]; /* of the password, which itself is not kept */
    BOOL has_lm_hash;                /* only where the level sends LM responses */
    uint8_t lm_hash[NTLM_HASH_SIZE];
};

/* One credential; immutable once made, so that many contexts in many threads may use it. */
struct credential {
    struct ssp_object object;
    ULONG use; /* SECPKG_CRED_INBOUND, _OUTBOUND, _BOTH */
    struct login login;
    BOOL restricted;       /* SECPKG_CRED_AUTOLOGON_RESTRICTED: saved credentials are not used */
    struct blob principal; /* UTF-16LE: whose default credentials; empty: the caller's */
    struct policy policy;
    BOOL omit_bindings;         /* SuppressExtendedProtection */
    struct blob computer, host; /* this machine's NetBIOS and DNS names */
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
    HANDLE token;              /* what SECPKG_ATTR_ACCESS_TOKEN gave; closed with the context */
};

SECURITY_STATUS credential_acquire(
        const struct ssp_acquire *a, struct ssp_object **out, TimeStamp *expiry);
SECURITY_STATUS credential_query(struct ssp_object *c, ULONG attribute, void *buffer);

/* Who logs in to TARGET (as the program gave it, UTF-16LE) with the default credentials C: what
 * Credential Manager has saved for it. LOGIN zeroed; freed by login_free in any case.
 * SEC_E_NO_CREDENTIALS: nothing is. Calls into advapi32: hold no lock. */
SECURITY_STATUS credential_saved(
        const struct credential *c, struct bytes target, struct login *login);
void login_free(struct login *login);

/* ---- caller.c: whose process or thread this is ---- */
BOOL caller_owns_logon(const LUID *logon_id);
MUST_USE enum status caller_name(struct blob *out); /* DOMAIN\user, UTF-16LE */

SECURITY_STATUS context_leg(struct ssp_leg *leg);
/* Without an engine; one reference. NULL: no memory. */
struct context *context_alloc(BOOL inbound, ULONG request);
/* After C's engine has changed, with both locks: what SHARED is now. */
void context_note_shared(struct context *c);
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

/* Whose token a server may act with. token.c */
SECURITY_STATUS context_impersonate(struct ssp_object *o);
SECURITY_STATUS context_revert(struct ssp_object *o);
SECURITY_STATUS context_query_token(struct ssp_object *o, void **token);
/* Both locks held. token_make: a handle of the caller's own. token_kept: one that the context
 * keeps. */
SECURITY_STATUS token_make(const struct context *c, HANDLE *token);
SECURITY_STATUS token_kept(struct context *c, HANDLE *token);

/* transfer.c */
SECURITY_STATUS context_export(
        struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token);
SECURITY_STATUS context_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context);

SECURITY_STATUS message_sign(struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence);
SECURITY_STATUS message_verify(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out);
SECURITY_STATUS message_encrypt(
        struct ssp_object *o, ULONG quality, PSecBufferDesc m, ULONG sequence);
SECURITY_STATUS message_decrypt(
        struct ssp_object *o, PSecBufferDesc m, ULONG sequence, ULONG *quality_out);

#endif
