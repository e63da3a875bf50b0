/* Negotiate, the package inside secur32: libs/spnego over the packages it can choose, each through
 * its public function table only. What its files share.
 *
 * NTLM is the only mechanism here so far; a mechanism is a row (mechanisms[]), so that another one
 * is another row, another inner credential and another inner context.
 */
#ifndef SECUR32_NEGOTIATE_H
#define SECUR32_NEGOTIATE_H

#include "secur32.h"
#include "spnego/spnego.h"

enum { NEGO_MECHS = 1 };

struct nego_mechanism {
    const WCHAR *package;
    const char *name;
    const struct bytes *oid;
};
extern const struct nego_mechanism nego_mechanisms[NEGO_MECHS];

/* The inner credential of one mechanism. */
struct nego_inner_credential {
    const SecurityFunctionTableW *table; /* NULL: this mechanism is not offered */
    CredHandle handle;
};

struct nego_credential {
    struct ssp_object object;
    struct nego_inner_credential inner[NEGO_MECHS];
};

/* One mechanism's part of a context: the SELF of its spnego_mech. */
struct nego_inner_context {
    struct nego_context *owner;
    const struct nego_mechanism *mechanism;
    struct nego_inner_credential *credential; /* of owner's credential */
    CtxtHandle handle;
    BOOL open;
    SECURITY_STATUS status; /* the package's last word, for the program */
    ULONG attributes;
    TimeStamp expiry; /* local time, as the package gives it */
};

struct nego_context {
    struct ssp_object object;
    struct nego_credential *credential; /* held: the inner credentials outlive the context */
    struct spnego_context *spnego;
    struct nego_inner_context inner[NEGO_MECHS];
    int offered[NEGO_MECHS]; /* spnego's index -> index into inner */
    struct ssp_leg *leg;     /* during a leg only */
    LONG busy;               /* one leg at a time */
    BOOL complete, failed;   /* both are final */
};

/* ---- negotiate_credential.c ---- */
SECURITY_STATUS nego_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
SECURITY_STATUS nego_query_credential(struct ssp_object *o, ULONG attribute, void *buffer);

/* ---- negotiate_mech.c: a package as spnego sees it ---- */
struct spnego_mech nego_mech(struct nego_inner_context *c);

/* ---- negotiate_leg.c ---- */
SECURITY_STATUS nego_leg(struct ssp_leg *leg);
/* The inner context in use, or NULL while there is none that has begun. */
struct nego_inner_context *nego_chosen(struct nego_context *c);

#endif
