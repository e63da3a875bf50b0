/* secur32: the dispatcher. What its files share.
 *
 * A program's handle leads to a struct entry: {package, inner table, inner handle}; every call goes
 * through the inner table, the public SSPI of a provider DLL (or, for Negotiate, of this DLL
 * itself). No lock is held across such a call or across LoadLibrary: entries are counted, tables
 * are published by one atomic write.
 */
#ifndef SECUR32_SECUR32_H
#define SECUR32_SECUR32_H

#include "ssp/ssp.h"

struct provider;
struct lsa_package;

/* One row of the package table: static data, so that listing packages loads nothing. */
struct package {
    SecPkgInfoW info;
    struct provider *provider;
    ULONG lsa_id; /* what LsaLookupAuthenticationPackage says */
    const struct lsa_package *hosted; /* of a row made at run time: the LSA-mode package, if it is one */
};

/* ---- packages.c ---- */

/* By name, without case, if its provider is there; else NULL (logged). */
const struct package *package_find(const WCHAR *name);
/* By LSA number, if its provider is there. */
const struct package *package_by_lsa_id(ULONG id);
/* The static row of a package of this name, there or not; NULL if there is no such row. */
const SecPkgInfoW *package_static_info(const WCHAR *name);

/* ---- load.c ---- */

extern struct provider provider_negotiate, provider_msv1_0, provider_schannel, provider_credssp,
        provider_kerberos;

/* Is the provider's file there, and not one of Wine's (or of Kerberos: can Wine's be used here)?
 * Looked up once per process; never loads. */
BOOL provider_present(struct provider *p);
/* The provider's function table; loads the DLL at the first call, for the life of the process.
 * NULL: it cannot be used (logged once). */
const SecurityFunctionTableW *provider_table(struct provider *p);

/* ---- entry.c ---- */

struct entry {
    struct ssp_object object;
    const struct package *row;
    const SecurityFunctionTableW *table;
    SecHandle inner;
    BOOL open; /* inner is to be freed with the entry */
};

/* A new entry with one reference, not open yet; NULL: no memory. */
struct entry *entry_new(
        enum ssp_kind kind, const struct package *row, const SecurityFunctionTableW *table);
/* The entry behind a program's handle, with a reference; NULL: not one of ours. */
struct entry *entry_get(const SecHandle *handle, enum ssp_kind kind);
void entry_release(struct entry *e); /* NULL is fine */
/* After the inner call that should have filled e->inner: a success gives HANDLE, taking the
 * reference; a failure drops it. Returns the status for the program. */
SECURITY_STATUS entry_publish(struct entry *e, SECURITY_STATUS status, SecHandle *handle);

/* ---- sessions.c ---- */

/* Is ID the logon session of this program? 0 always is. */
BOOL session_is_own(const LUID *id);

/* Calls FN of a table, or says that the provider has no such function. */
#define CALL(table, fn, ...) ((table)->fn ? (table)->fn(__VA_ARGS__) : SEC_E_UNSUPPORTED_FUNCTION)

#endif
