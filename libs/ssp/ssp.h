/* The edge that every DLL of opensspi shares: Windows' types in, the rooms' types out.
 *
 * A provider DLL fills one struct ssp_provider and gets from here a complete SecurityFunctionTable,
 * A and W, with handles checked, arguments checked, objects counted, results written. It never sees
 * a CredHandle or a CtxtHandle.
 * Conventions: WCHAR strings are NUL-terminated unless said otherwise; everything handed to a
 * program is process heap memory, one block per pointer that the program frees separately
 * (FreeContextBuffer of any DLL frees any other's). Functions here may be called from any thread.
 */
#ifndef SSP_SSP_H
#define SSP_SSP_H

/* We define what sspi.h would otherwise declare as imported; take the whole of each header. */
#ifndef _NO_KSECDD_IMPORT_
#define _NO_KSECDD_IMPORT_
#endif
#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#ifndef SCHANNEL_USE_BLACKLISTS
#define SCHANNEL_USE_BLACKLISTS
#endif
#ifndef _SEC_WINNT_AUTH_TYPES
#define _SEC_WINNT_AUTH_TYPES
#endif
#include <windows.h>
#include <subauth.h> /* UNICODE_STRING */
#include <security.h>
#include <schannel.h>
#include "base/bytes.h"
#include "base/log.h"
#include "ssp/sspi_more.h" /* what mingw-w64's headers lack, each with its source */

/* ---- objects and handles (handle.c) ---- */

enum ssp_kind { SSP_CREDENTIAL = 1, SSP_CONTEXT = 2 };

/* The head of every credential and context; embed it first. Made with refs 1 and destroyed by the
 * last release, on whatever thread. */
struct ssp_object {
    enum ssp_kind kind;
    LONG refs;             /* handle.c's: references until it has a handle */
    struct ssp_slot *slot; /* then they are counted here */
    void (*destroy)(struct ssp_object *self);
    /* Set by the edge (provider.c) once, before the object gets its handle: the package it belongs
     * to and who provides it, and SECPKG_CRED_ bits: what a credential is for, which side a context
     * is (OUTBOUND a client). */
    const SecPkgInfoW *package;
    const struct ssp_provider *provider;
    ULONG use;
};
void ssp_object_init(
        struct ssp_object *o, enum ssp_kind kind, void (*destroy)(struct ssp_object *));
void ssp_hold(struct ssp_object *o);
void ssp_release(struct ssp_object *o); /* NULL is fine */

/* Gives O a handle (index, generation, kind) that owns the caller's reference.
 * SEC_E_INSUFFICIENT_MEMORY: the caller keeps its reference. */
SECURITY_STATUS ssp_handle_open(struct ssp_object *o, SecHandle *handle);
/* The object behind HANDLE with a new reference; NULL for a NULL, stale, foreign, freed handle or
 * one of another kind. Never crashes whatever the two words hold. Where the process's secur32 is Wine's
 * own, dwUpper is not looked at (that secur32 has a word of its own there): then as ssp_handle_to_word. */
struct ssp_object *ssp_handle_get(const SecHandle *handle, enum ssp_kind kind);
/* Takes the handle out of the table and drops its reference. SEC_E_INVALID_HANDLE. */
SECURITY_STATUS ssp_handle_close(const SecHandle *handle, enum ssp_kind kind);
/* The same handle as one word, for LSA mode: never 0. The word keeps the low bits of the generation
 * only (32 in 64-bit processes, 12 in 32-bit ones), so a stale word is told apart unless a multiple
 * of 2^32 (2^12) handles was opened since. A word that is not of an open handle gives a handle that
 * is refused. */
ULONG_PTR ssp_handle_to_word(const SecHandle *handle);
SecHandle ssp_handle_from_word(ULONG_PTR word);

/* ---- a provider (provider.c, ansi.c) ---- */

struct ssp_acquire {
    const SecPkgInfoW *package; /* the one named, of the provider's list */
    const WCHAR *principal;     /* may be NULL */
    ULONG use;                  /* SECPKG_CRED_INBOUND, _OUTBOUND, _BOTH */
    ULONG limits;               /* SECPKG_CRED_AUTOLOGON_RESTRICTED, _PROCESS_POLICY_ONLY */
    const LUID *logon_id;       /* may be NULL */
    const void *auth_data;      /* may be NULL; the package's own structure */
};

/* One call of Initialize- or AcceptSecurityContext, arguments checked and resolved. */
struct ssp_leg {
    BOOL inbound;
    const SecPkgInfoW *package;    /* of the credential or context */
    const struct ssp_provider *provider;
    struct ssp_object *credential; /* NULL only on later legs */
    struct ssp_object *context;    /* NULL on the first leg */
    const WCHAR *target;           /* may be NULL; clients only */
    ULONG request;                 /* ISC_REQ_ or ASC_REQ_ */
    ULONG data_rep;
    PSecBufferDesc input, output; /* as given; may be NULL */
    /* Results. new_context: first leg only, one reference; the edge makes the handle when the
     * status is a success, and releases it otherwise. attributes and expiry are written on every
     * leg. */
    struct ssp_object *new_context;
    ULONG attributes; /* ISC_RET_ or ASC_RET_ */
    TimeStamp expiry; /* UTC FILETIME; the edge gives local time. Preset: never */
};

/* Entries that are NULL give SEC_E_UNSUPPORTED_FUNCTION. Objects are held during a call.
 * QUALITY_OUT may be NULL. query: BUFFER is the W structure of the attribute. */
struct ssp_provider {
    const char *room;            /* for the log: "msv1_0" */
    const SecPkgInfoW *packages; /* static */
    ULONG package_count;
    /* Instead of a static list: the package of this name (as ssp_package_find), valid for ever. */
    const SecPkgInfoW *(*find)(const WCHAR *name);
    /* Another provider behind the same function table, or NULL: a handle knows its own. */
    const struct ssp_provider *next;
    SECURITY_STATUS(*acquire)
    (const struct ssp_acquire *a, struct ssp_object **credential, TimeStamp *expiry);
    SECURITY_STATUS (*leg)(struct ssp_leg *leg);
    SECURITY_STATUS (*query_context)(struct ssp_object *c, ULONG attribute, void *buffer);
    SECURITY_STATUS(*set_context)
    (struct ssp_object *c, ULONG attribute, const void *buffer, ULONG size);
    SECURITY_STATUS (*query_credential)(struct ssp_object *c, ULONG attribute, void *buffer);
    SECURITY_STATUS(*set_credential)
    (struct ssp_object *c, ULONG attribute, const void *buffer, ULONG size);
    SECURITY_STATUS (*complete)(struct ssp_object *c, PSecBufferDesc token);
    SECURITY_STATUS (*apply_control)(struct ssp_object *c, PSecBufferDesc token);
    SECURITY_STATUS(*make_signature)
    (struct ssp_object *c, ULONG quality, PSecBufferDesc message, ULONG sequence);
    SECURITY_STATUS(*verify_signature)
    (struct ssp_object *c, PSecBufferDesc message, ULONG sequence, ULONG *quality_out);
    SECURITY_STATUS(*encrypt)
    (struct ssp_object *c, ULONG quality, PSecBufferDesc message, ULONG sequence);
    SECURITY_STATUS(*decrypt)
    (struct ssp_object *c, PSecBufferDesc message, ULONG sequence, ULONG *quality_out);
    SECURITY_STATUS (*impersonate)(struct ssp_object *c);
    SECURITY_STATUS (*revert)(struct ssp_object *c);
    SECURITY_STATUS (*query_token)(struct ssp_object *c, void **token);
    SECURITY_STATUS(*export_context)
    (struct ssp_object *c, ULONG flags, PSecBuffer packed, void **token);
    SECURITY_STATUS(*import_context)
    (const SecPkgInfoW *package, PSecBuffer packed, void *token, struct ssp_object **context);
};

/* Defined once by each DLL that holds a provider (secur32: Negotiate). */
extern const struct ssp_provider ssp_this_provider;

/* The tables built from ssp_this_provider; static, valid for the life of the module. Touch static
 * data only: may be called under the loader lock. */
PSecurityFunctionTableW ssp_function_table_w(void);
PSecurityFunctionTableA ssp_function_table_a(void);

/* ---- one A layer over any W table (ansi.c): used by ssp_function_table_a and by secur32's A
 * exports. Each takes the W function to call, so that A and W can differ by this conversion only.
 * Code page: CP_ACP. ---- */

/* auth_data goes through as it is: its own flags say whether its strings are ANSI. */
SECURITY_STATUS ssp_ansi_acquire(ACQUIRE_CREDENTIALS_HANDLE_FN_W fn, const char *principal,
        const char *package, ULONG use, void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PCredHandle credential, PTimeStamp expiry);
SECURITY_STATUS ssp_ansi_add(ADD_CREDENTIALS_FN_W fn, PCredHandle credential, const char *principal,
        const char *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key,
        void *get_key_argument, PTimeStamp expiry);
SECURITY_STATUS ssp_ansi_initialize(INITIALIZE_SECURITY_CONTEXT_FN_W fn, PCredHandle credential,
        PCtxtHandle context, const char *target, ULONG request, ULONG reserved1, ULONG data_rep,
        PSecBufferDesc input, ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output,
        ULONG *attributes, PTimeStamp expiry);
/* BUFFER gets the A structure of the attribute; untouched on failure. SIZE: of BUFFER, or
 * SSP_SIZE_UNKNOWN. */
#define SSP_SIZE_UNKNOWN 0xFFFFFFFFu
SECURITY_STATUS ssp_ansi_query(QUERY_CONTEXT_ATTRIBUTES_FN_W fn, BOOL credential, PSecHandle handle,
        ULONG attribute, void *buffer, ULONG size);
SECURITY_STATUS ssp_ansi_enumerate(
        ENUMERATE_SECURITY_PACKAGES_FN_W fn, ULONG *count, PSecPkgInfoA *packages);
SECURITY_STATUS ssp_ansi_package_info(
        QUERY_SECURITY_PACKAGE_INFO_FN_W fn, const char *name, PSecPkgInfoA *package);
SECURITY_STATUS ssp_ansi_import(IMPORT_SECURITY_CONTEXT_FN_W fn, const char *package,
        PSecBuffer packed, void *token, PCtxtHandle context);
/* Process heap, NUL-terminated, of either code page's text; NULL stays NULL and is no failure:
 * FALSE is no memory. */
BOOL ssp_wide_text(const char *text, WCHAR **wide);
BOOL ssp_ansi_text(const WCHAR *text, char **ansi);

/* ---- packages (package.c) ---- */

/* One block: the structure, its two strings. EnumerateSecurityPackages form for COUNT of them.
 * ssp_package_copy's block is exactly sizeof(SecPkgInfo) + name + comment with NULs (a Wine test
 * compares HeapSize). */
SECURITY_STATUS ssp_package_copy_w(const SecPkgInfoW *from, ULONG count, PSecPkgInfoW *out);
SECURITY_STATUS ssp_package_copy_a(const SecPkgInfoW *from, ULONG count, PSecPkgInfoA *out);
/* Case-insensitive; NULL if not there. */
const SecPkgInfoW *ssp_package_find(const SecPkgInfoW *list, ULONG count, const WCHAR *name);

/* ---- attributes (attribute.c): the one table of id, size, string fields, who frees ---- */
struct ssp_attribute {
    ULONG id;
    BOOL credential;     /* of a credential, else of a context */
    USHORT size;         /* sizeof the W structure */
    USHORT strings[4];   /* offsets of WCHAR* members that A converts, 0xFFFF ends the list */
    USHORT package_info; /* offset of a PSecPkgInfoW member, or 0xFFFF */
};
const struct ssp_attribute *ssp_attribute_find(
        ULONG id, BOOL credential); /* NULL: unknown: refused */
#define SSP_NO_OFFSET     0xFFFF
#define SSP_ATTRIBUTE_MAX 1024 /* no structure of the table is bigger, bytes */

/* ---- SecBufferDesc views (buffer.c) ---- */

/* True if DESC is NULL or well formed: version 0, cBuffers in 0..64, pBuffers not NULL if cBuffers.
 */
BOOL ssp_desc_ok(const SecBufferDesc *desc);
/* The first buffer of TYPE (attribute bits ignored), or NULL. INDEX counts among those of TYPE. */
PSecBuffer ssp_buffer_find(const SecBufferDesc *desc, ULONG type, ULONG index);
#define SSP_BUFFER_TYPE(b) ((b)->BufferType & ~SECBUFFER_ATTRMASK)
/* A view of a buffer; empty for NULL or cbBuffer 0. */
struct bytes ssp_buffer_bytes(const SecBuffer *buffer);
/* Puts TOKEN into the TOKEN buffer of OUTPUT: allocated on the process heap if ALLOCATE, else
 * copied into the caller's. cbBuffer is set to the size. No token buffer and TOKEN empty: fine. No
 * room: SEC_E_BUFFER_TOO_SMALL (SHORT_CODE if given, not 0) and cbBuffer says what is needed... an
 * empty TOKEN sets cbBuffer 0 (and pvBuffer NULL if ALLOCATE). */
SECURITY_STATUS ssp_put_token(
        PSecBufferDesc output, struct bytes token, BOOL allocate, SECURITY_STATUS short_code);
/* The application data of a SECBUFFER_CHANNEL_BINDINGS buffer (a SEC_CHANNEL_BINDINGS with offsets
 * into itself, checked): *FOUND says whether there was one. SEC_E_INVALID_TOKEN for hostile offsets
 * or lengths. */
SECURITY_STATUS ssp_channel_bindings(
        const SecBufferDesc *input, BOOL *found, struct bytes *application_data);

/* ---- identities (identity.c) ---- */

/* Any SEC_WINNT_AUTH_IDENTITY form (A, W, EX A and W, EX2 with its offsets, packed or not), as
 * UTF-16LE without NUL. Everything is copied, and wiped by ssp_identity_free. Sizes are checked;
 * NULL members with length 0 are empty. */
struct ssp_identity {
    BOOL given; /* FALSE: auth_data was NULL: default credentials */
    struct blob user, domain, password, package_list;
    BOOL has_user, has_domain, has_password; /* member not NULL */
    ULONG flags;                             /* of the structure, without ANSI/UNICODE */
};
SECURITY_STATUS ssp_identity_parse(const void *auth_data, struct ssp_identity *identity);
void ssp_identity_free(struct ssp_identity *identity);
/* The same for a credential: SEC_E_UNKNOWN_CREDENTIALS too where the user is no name but a certificate,
 * or whatever else CredMarshalCredential makes a name of. marshaled.c */
SECURITY_STATUS ssp_identity_of_login(const void *auth_data, struct ssp_identity *identity);
BOOL ssp_is_marshaled(const WCHAR *name);

/* Does an identity's PackageList (UTF-16LE, any case) leave PACKAGE in? Names between commas, blanks
 * around them ignored. "!name" takes one out; if any name is there without '!', only those are in.
 * An empty list says nothing: all are in. "SEC_WINNT_AUTH_IDENTITY_EX structure", PackageList.
 * (package_list.c) */
BOOL ssp_package_list_allows(struct bytes list, const WCHAR *package);

/* ---- small things (edge.c) ---- */

/* The one translation of status to SECURITY_STATUS. */
SECURITY_STATUS ssp_status(enum status s);
/* RtlGenRandom and the system clock. */
struct world ssp_world(void);
/* Process heap, zeroed. ssp_heap_free wipes nothing; ssp_heap_wipe wipes the whole block, of whatever
 * size, and frees it: for what may hold a secret (session keys, identities) and comes back from a
 * program. NULL is fine. */
void *ssp_heap_alloc(SIZE_T size);
void ssp_heap_free(void *p);
void ssp_heap_wipe(void *p);
/* A copy of WCHAR text on the process heap with a NUL; from UTF-16LE bytes. NULL: no memory. */
WCHAR *ssp_heap_text(struct bytes utf16);
/* A view of a NUL-terminated WCHAR string without its NUL; empty for NULL. */
struct bytes ssp_text(const WCHAR *s);
/* "Never": what Windows gives as expiry of NTLM contexts; UTC -> local, as programs get it; and back, for
 * what a package inside gives. */
extern const TimeStamp ssp_never;
TimeStamp ssp_local_time(TimeStamp utc);
TimeStamp ssp_utc_time(TimeStamp local);

/* Reads OPENSSPI_LOG_LEVEL and OPENSSPI_LOG_PATH once per module and sets libs/base's sink: Wine's
 * debug output when under Wine (__wine_dbg_output found in ntdll at run time), a file when asked,
 * never stderr on Windows. The first line says version, build, Wine version, module path, effective
 * settings. Called by the edge at the first AcquireCredentialsHandle; never under the loader lock.
 */
void ssp_log_start(void);

/* Policy: a DWORD of the registry's 64-bit view; ABSENT when there is no such value. Whoever set one
 * that is of another type, or cannot be read, meant something by it, and nobody knows what: an error
 * in the log, and STRICTEST, which lets the fewest in. */
DWORD ssp_policy_dword(
        HKEY root, const WCHAR *path, const WCHAR *value, DWORD absent, DWORD strictest);

/* How often, so far, a setting of this DLL could not be read, which may have been for the moment or for the
 * thread (its user): whoever keeps what was read keeps it only if that has not happened meanwhile. */
ULONG ssp_policy_failures(void);
void ssp_policy_failed(void);

/* True if the file (or loaded module) is one of Wine's own builtin ones: its DOS stub says so. */
BOOL ssp_is_wine_builtin_file(const WCHAR *path);
BOOL ssp_is_wine_builtin_module(HMODULE module);

/* ---- private context attributes between our DLLs (DESIGN.md, arrow 3) ---- */
/* query, ULONG: 1 if a MIC is part of the exchange, so that mechListMIC must follow. */
#define SSP_ATTR_MECH_MIC_WANTED 0x4F530001
/* set, ULONG: put the RC4 state of one direction back to the initial key; 1 outgoing, 0 incoming.
 */
#define SSP_ATTR_RESET_CIPHER 0x4F530002

#endif
