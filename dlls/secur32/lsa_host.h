/* Hosting LSA-mode packages ("Functions Implemented by SSP/APs"): Wine's kerberos.dll, and what else
 * a user drops in. There is no LSA process under Wine, so both halves of a package, LSA mode and
 * user mode, run in the program. What the files of the host share.
 */
#ifndef SECUR32_LSA_HOST_H
#define SECUR32_LSA_HOST_H

#include "secur32.h"
#include "ssp/lock.h"
#include <ntsecapi.h>
#include <ntsecpkg.h>

/* One package of a hosted DLL. Lives as long as the process, once it is made. */
struct lsa_package {
    SecPkgInfoW info; /* first: the edge knows the package by it. Strings are ours */
    ULONG_PTR id;     /* what the package is called with, and LsaLookupAuthenticationPackage says */
    /* What the package's version of the tables has; all else is NULL, and a NULL entry answers
     * SEC_E_UNSUPPORTED_FUNCTION. */
    SECPKG_FUNCTION_TABLE lsa;
    SECPKG_USER_FUNCTION_TABLE user;
};

/* ---- lsa_host.c ---- */

/* Initializes the first package of MODULE (loaded from PATH) under the number ID: SpLsaModeInitialize,
 * SpUserModeInitialize; InitializePackage, Initialize, GetInfo, InstanceInit. It lives for ever, and the
 * caller keeps the module loaded as long. NULL: one of its LSA-mode half's says no, or it has none (logged). To be
 * called once for a DLL, by one thread at a time; not under the loader lock. */
struct lsa_package *lsa_host_start(HMODULE module, const WCHAR *path, ULONG_PTR id);

/* ---- load.c ---- */

/* What stands behind rows of hosted packages. */
extern struct provider provider_hosted;
/* A provider of its own for an SSPI DLL that is loaded already (from PATH), for ever; NULL: it is none (logged),
 * or no memory. */
struct provider *provider_of_module(HMODULE module, const WCHAR *path);
/* PATH (MAX_PATH units) gets the system directory and \FILE; FALSE: too long. */
BOOL system_file(WCHAR *path, const WCHAR *file);

/* ---- lsa_services.c: what packages may call ---- */

extern LSA_DISPATCH_TABLE lsa_dispatch;
/* "SECPKG_DLL_FUNCTIONS structure": mingw-w64's ends before the last member. */
extern struct lsa_dll_functions {
    SECPKG_DLL_FUNCTIONS known;
    PVOID(NTAPI *LocatePackageById)(ULONG id);
} lsa_dll_functions;

/* ---- lsa_package.c: the objects, and the functions of an ssp_provider over them ---- */

struct lsa_credential {
    struct ssp_object object;
    const struct lsa_package *package;
    LSA_SEC_HANDLE word;
    TimeStamp expiry; /* UTC; ssp_never if the package names none */
};

struct lsa_context {
    struct ssp_object object;
    const struct lsa_package *package;
    struct lsa_credential *credential; /* held: the package may use it until the context goes */
    LSA_SEC_HANDLE word;
    BOOL mapped;   /* the user-mode half has been given its share */
    BOOL imported; /* WORD is the user-mode half's own; the LSA-mode one knows nothing of it */
    BOOL complete; /* the login is over and good */
    BOOL failed;   /* final */
    LONG busy;     /* one leg at a time */
    ULONG attributes;     /* of the last leg */
    struct ssp_lock lock; /* Kerberos: one call at a time */
    ULONG type;           /* Kerberos: of its keys; 0: nothing has told it */
    ULONG checksum;       /* Kerberos: of a message, bytes; 0: an encryption type without RFC 4121's */
    struct blob target;   /* Kerberos, client, until the login is over: the first leg's, with its NUL */
    BOOL checksum_told;   /* Kerberos: a message has told it; until then it is the AP-REQ's, and the subkey may differ */
};

/* A package's answer as programs know it: its own SEC_ codes, or what stands for an NTSTATUS. */
SECURITY_STATUS lsa_status(NTSTATUS status);

/* A program's string as a package takes it, not copied; FALSE: longer than a UNICODE_STRING can be. */
BOOL lsa_unicode(UNICODE_STRING *to, const WCHAR *text);

SECURITY_STATUS lsa_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
/* ---- lsa_context.c ---- */
struct lsa_context *lsa_context_new(const struct lsa_package *p); /* NULL: no memory */
SECURITY_STATUS lsa_leg(struct ssp_leg *leg);

/* ---- lsa_use.c ---- */
SECURITY_STATUS lsa_query_context(struct ssp_object *o, ULONG attribute, void *buffer);
SECURITY_STATUS lsa_set_context(struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size);
SECURITY_STATUS lsa_query_credential(struct ssp_object *o, ULONG attribute, void *buffer);
SECURITY_STATUS lsa_set_credential(
        struct ssp_object *o, ULONG attribute, const void *buffer, ULONG size);
SECURITY_STATUS lsa_complete(struct ssp_object *o, PSecBufferDesc token);
SECURITY_STATUS lsa_apply_control(struct ssp_object *o, PSecBufferDesc token);
SECURITY_STATUS lsa_make_signature(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS lsa_verify_signature(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality);
SECURITY_STATUS lsa_seal(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS lsa_unseal(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality);
SECURITY_STATUS lsa_query_token(struct ssp_object *o, void **token);
SECURITY_STATUS lsa_impersonate(struct ssp_object *o);
SECURITY_STATUS lsa_revert(struct ssp_object *o);
SECURITY_STATUS lsa_export(struct ssp_object *o, ULONG flags, PSecBuffer packed, void **token);
SECURITY_STATUS lsa_import(
        const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context);

/* Any LSA-mode package but Kerberos; follows Negotiate and Kerberos behind the one table. */
extern const struct ssp_provider lsa_provider;

/* ---- kerberos.c ---- */

extern const struct ssp_provider kerberos_provider;

/* Can Wine's kerberos.dll be used here? Looked up once per process; loads nothing. */
BOOL kerberos_there(void);
/* Loads it at the first call. FALSE: it cannot be used after all (logged); from then on it is not
 * there. */
BOOL kerberos_start(void);
/* After kerberos_start. */
const struct lsa_package *kerberos_package(void);

/* The host's libraries turned out to be unusable: it is not there any more (logged). */
void kerberos_is_broken(void);

/* ---- kerberos_credential.c ---- */

SECURITY_STATUS kerberos_acquire(
        const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
/* lsa_leg for the first LEG of a login, with the hosted package's credential in place of the leg's own. May ask
 * the KDC; first legs of identities wait for each other. SEC_E_UNKNOWN_CREDENTIALS, SEC_E_NO_CREDENTIALS: it gives
 * none. */
SECURITY_STATUS kerberos_first_leg(struct ssp_leg *leg);

/* ---- kerberos_target.c ---- */

/* Is TARGET one that a KDC can be asked for: a name, and no IP address? */
BOOL kerberos_target_ok(const WCHAR *target);
/* MEANT becomes what one of Wine's own DLLs, which is known by its REQUEST, means by the host's name alone, for the
 * caller to ssp_heap_free; NULL: TARGET means what it says. SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS kerberos_target_meant(const WCHAR *target, ULONG request, WCHAR **meant);

/* ---- kerberos_message.c, kerberos_unseal.c: signed and sealed messages in Windows' shape ---- */

SECURITY_STATUS kerberos_sign(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS kerberos_verify(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality);
SECURITY_STATUS kerberos_seal(
        struct ssp_object *o, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS kerberos_unseal(
        struct ssp_object *o, PSecBufferDesc message, ULONG sequence, ULONG *quality);

/* ---- kerberos_type.c ---- */

/* Is TOKEN the first of a login by Kerberos? TYPE: of its keys, RFC 3961's number; 0: it is not. */
BOOL kerberos_first_token(struct bytes token, ULONG *type);
/* The size in bytes of the checksum in messages of TYPE; 0: it has no such messages (RC4, DES). */
ULONG kerberos_checksum(ULONG type);
/* A type with checksums of that size; 0: none. */
ULONG kerberos_type_of_checksum(ULONG checksum);
/* SECPKG_ATTR_KEY_INFO; the names are the program's to free. SEC_E_UNSUPPORTED_FUNCTION: of a type without messages. */
SECURITY_STATUS kerberos_key_info(ULONG type, SecPkgContext_KeyInfoW *info);

/* ---- kerberos_probe.c ---- */

/* Would the host's dynamic linker find MIT Kerberos' two libraries for a process of this width? */
BOOL kerberos_host_libraries(void);

#endif
