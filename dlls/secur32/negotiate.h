/* Negotiate, the package inside secur32: libs/spnego over the packages it can choose, each through
 * its public function table only. What its files share.
 *
 * A mechanism is a row (nego_mechanisms, the preferred one first), an inner credential and an
 * inner context. A row whose package is not in the process's package table, gives no credential,
 * or is not on the identity's package list, is not offered.
 */
#ifndef SECUR32_NEGOTIATE_H
#define SECUR32_NEGOTIATE_H

#include "secur32.h"
#include "spnego/fragment.h"
#include "spnego/spnego.h"

enum { NEGO_KERBEROS, NEGO_NTLM, NEGO_MECHS, NEGO_NAMES = 2 };

struct nego_mechanism {
    const WCHAR *package;
    const char *name;
    const struct bytes *oids[NEGO_NAMES]; /* as they are offered; NULL: no second one */
    ULONG absent;                         /* SECPKG_ATTR_NEGO_INFO_FLAG_: it is not offered */
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
    const SecurityFunctionTableW *table; /* NULL: not offered */
    CredHandle *credential;              /* of owner's credential; NULL in an imported context */
    CtxtHandle handle;
    LONG open;
    ULONG attributes;
    TimeStamp expiry; /* local time, as the package gives it */
    SecBuffer token;  /* of this leg; the package's memory */
};

struct nego_context {
    struct ssp_object object;
    struct nego_credential *credential; /* held: the inner credentials outlive the context */
    struct spnego_context spnego;       /* zeroed in an imported context */
    struct nego_inner_context inner[NEGO_MECHS];
    int offered[NEGO_MECHS * NEGO_NAMES]; /* spnego's index -> index into inner */
    struct nego_inner_context *imported;  /* the one of an imported context */
    struct ssp_leg *leg;                  /* during a leg only */
    struct blob target; /* client: the first leg's target name, with its NUL; empty: none */
    SECURITY_STATUS last;    /* what a package last said in this leg, for the program */
    SECURITY_STATUS attempt; /* the last failure, also of a mechanism that was then left out */
    struct spnego_fragments in, out;
    SECURITY_STATUS behind; /* what the last fragment in OUT will be returned with */
    LONG busy;              /* one leg at a time */
    BOOL complete, failed;  /* both are final */
};

/* ---- negotiate_credential.c ---- */
SECURITY_STATUS nego_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
SECURITY_STATUS nego_query_credential(struct ssp_object *o, ULONG attribute, void *buffer);
SECURITY_STATUS nego_set_credential(
        struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size);
/* The table of a mechanism's package; NULL: it is not in this process. */
const SecurityFunctionTableW *nego_table(const struct nego_mechanism *mechanism);

/* ---- negotiate_mech.c: a package as spnego sees it ---- */
struct spnego_mech nego_mech(struct nego_inner_context *c, const struct bytes *oid);
/* What the package answered in this leg goes back to it; nothing is fine. */
void nego_free_token(struct nego_inner_context *c);

/* ---- negotiate_leg.c ---- */
SECURITY_STATUS nego_leg(struct ssp_leg *leg);
/* A context with nothing in it but its mechanisms; NULL: no memory. */
struct nego_context *nego_context_alloc(void);
/* The mechanism that was chosen, or whose token went out with the offer, begun or not; or NULL. */
struct nego_inner_context *nego_selected(struct nego_context *c);
/* The same once it has begun. */
struct nego_inner_context *nego_chosen(struct nego_context *c);

/* ---- negotiate_fragment.c ---- */

/* IN: what the program brought; WHOLE: the message to go on with. SEC_I_CONTINUE_NEEDED: there is
 * none yet, and nothing to send. Legs of programs that do not ask for fragments go through. */
SECURITY_STATUS nego_receive(struct nego_context *c, struct bytes in, struct bytes *whole);
/* Gives TOKEN to the program as it is; what the leg says to that. */
SECURITY_STATUS nego_put(const struct ssp_leg *leg, struct bytes token);
/* Gives TOKEN to the program, which the leg will be answered with STATUS for; a message that does
 * not fit is kept, and SEC_I_CONTINUE_NEEDED takes the place of STATUS until its last fragment. */
SECURITY_STATUS nego_send(struct nego_context *c, struct writer *token, SECURITY_STATUS status);
/* The next fragment, for a leg that brings IN. */
SECURITY_STATUS nego_send_next(struct nego_context *c, struct bytes in);

/* ---- negotiate_transfer.c ---- */
SECURITY_STATUS nego_export(struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token);
SECURITY_STATUS nego_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context);

/* ---- negotiate_query.c ---- */
SECURITY_STATUS nego_query(struct ssp_object *o, ULONG attribute, void *buffer);

#endif
