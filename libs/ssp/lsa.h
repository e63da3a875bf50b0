/* The LSA-mode edge: a provider as an LSA security package ("Functions Implemented by SSP/APs").
 *
 * Wine's builtin secur32 loads packages this way, so that a provider DLL can be dropped in by
 * itself. There is no LSA process under Wine: both halves of a package, LSA mode and user mode, run
 * in the program, and share their contexts. So a context is never mapped (*MappedContext is FALSE)
 * and user mode takes the handles that LSA mode gave.
 * Handles are those of the one handle table, as one word (ssp_handle_to_word). Behind them are the
 * entries of the W function table, so both edges check and answer alike; statuses go out as they
 * are. Results are process heap memory.
 */
#ifndef SSP_LSA_H
#define SSP_LSA_H

#include "ssp/ssp.h"
#include <ntsecapi.h>
#include <ntsecpkg.h>

/* The packages of a DLL that has this edge, in the order of its tables; it defines them once. */
enum { LSA_PACKAGES_MAX = 2 };
struct ssp_lsa_packages {
    ULONG count;
    struct {
        const char *name; /* what LsaLookupAuthenticationPackage knows the package by */
        ULONG index;      /* in ssp_this_provider.packages */
    } package[LSA_PACKAGES_MAX];
};
extern const struct ssp_lsa_packages ssp_lsa_packages;

/* SpLsaModeInitialize and SpUserModeInitialize: one table for each package, one behind the other.
 * Static data only: may be called under the loader lock. */
NTSTATUS ssp_lsa_mode(
        ULONG lsa_version, ULONG *package_version, PSECPKG_FUNCTION_TABLE *tables, ULONG *count);
/* STATUS_INVALID_PARAMETER with the outputs untouched unless LSA_VERSION is
 * SECPKG_INTERFACE_VERSION. */
NTSTATUS ssp_lsa_user_mode(ULONG lsa_version, ULONG *package_version,
        PSECPKG_USER_FUNCTION_TABLE *tables, ULONG *count);

/* ---- inside libs/ssp ---- */

/* A counted string as one that ends in a NUL, on the process heap; NULL stays NULL. FALSE: no
 * memory. */
BOOL lsa_text(const UNICODE_STRING *text, WCHAR **copy);

/* Entries of the tables about contexts (lsa_context.c); the last stands in both. */
NTSTATUS NTAPI lsa_initialize_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
        PUNICODE_STRING target, ULONG request, ULONG data_rep, PSecBufferDesc input,
        PLSA_SEC_HANDLE new_context, PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry,
        PBOOLEAN mapped, PSecBuffer context_data);
NTSTATUS NTAPI lsa_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PLSA_SEC_HANDLE new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry, PBOOLEAN mapped,
        PSecBuffer context_data);
NTSTATUS NTAPI lsa_delete_context(LSA_SEC_HANDLE context);
NTSTATUS NTAPI lsa_apply_control(LSA_SEC_HANDLE context, PSecBufferDesc token);
NTSTATUS NTAPI lsa_set_context(LSA_SEC_HANDLE context, ULONG id, void *buffer, ULONG size);
NTSTATUS NTAPI lsa_query_context(LSA_SEC_HANDLE context, ULONG id, void *buffer);

#endif
