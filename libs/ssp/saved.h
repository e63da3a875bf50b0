/* Credential Manager as the source of credentials that no program has to pass: NTLM logs in with them,
 * CredSSP delegates them as well. (saved.c, saved_match.c) */
#ifndef SSP_SAVED_H
#define SSP_SAVED_H

#include "ssp/ssp.h"

/* What the program calls the server, UTF-16LE: the whole of it ("TERMSRV/host:3389"), the service
 * class in front ("TERMSRV", may be empty), the host by itself. */
struct saved_target {
    struct bytes whole, service, host;
};

/* The user, domain and password saved for TARGET, of PRINCIPAL's only if that is not empty. ROOM: for
 * the log. SAVED zeroed; freed by ssp_identity_free in any case. SEC_E_NO_CREDENTIALS: there are none
 * (the log says why), SEC_E_INSUFFICIENT_MEMORY. Calls into advapi32: hold no lock. */
SECURITY_STATUS saved_find(const char *room, const struct saved_target *target,
        struct bytes principal, struct ssp_identity *saved);

/* One entry's names. UTF-16LE. */
struct saved_names {
    BOOL generic; /* CRED_TYPE_GENERIC; else CRED_TYPE_DOMAIN_PASSWORD */
    BOOL session; /* CRED_PERSIST_SESSION */
    struct bytes name, alias;
};
/* How well they fit TARGET: 0 not at all; of two the higher one is the more specific. */
uint32_t saved_rank(const struct saved_names *n, const struct saved_target *target);

#endif
