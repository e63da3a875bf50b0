/* What the files of the W function table share. Internal to libs/ssp. */
#ifndef SSP_PROVIDER_H
#define SSP_PROVIDER_H

#include "ssp/ssp.h"

/* Who provides a package of this name: ssp_this_provider or one that follows it. NULL: nobody. */
const struct ssp_provider *edge_provider(const WCHAR *name, const SecPkgInfoW **package);
/* SEC_E_UNSUPPORTED_FUNCTION for an attribute not in the table, SEC_E_INTERNAL_ERROR without a
 * buffer, SEC_E_BUFFER_TOO_SMALL. SIZE may be SSP_SIZE_UNKNOWN: the older functions do not give
 * one. */
SECURITY_STATUS edge_check_attribute(ULONG id, BOOL credential, const void *buffer, ULONG size);
/* Gives the leg's new context its handle, or drops it; returns the status for the program. */
SECURITY_STATUS edge_open_context(struct ssp_leg *leg, SECURITY_STATUS status, PCtxtHandle handle);

/* The table's entries. */
SECURITY_STATUS WINAPI edge_acquire(SEC_WCHAR *principal, SEC_WCHAR *package, ULONG use,
        void *logon_id, void *auth_data, SEC_GET_KEY_FN get_key, void *get_key_argument,
        PCredHandle handle, PTimeStamp expiry);
SECURITY_STATUS WINAPI edge_free_credential(PCredHandle handle);
SECURITY_STATUS WINAPI edge_add_credentials(PCredHandle handle, SEC_WCHAR *principal,
        SEC_WCHAR *package, ULONG use, void *auth_data, SEC_GET_KEY_FN get_key, void *argument,
        PTimeStamp expiry);
SECURITY_STATUS WINAPI edge_query_credential_ex(
        PCredHandle handle, ULONG id, void *buffer, ULONG size);
SECURITY_STATUS WINAPI edge_query_credential(PCredHandle handle, ULONG id, void *buffer);
SECURITY_STATUS WINAPI edge_set_credential(PCredHandle handle, ULONG id, void *buffer, ULONG size);
SECURITY_STATUS WINAPI edge_initialize(PCredHandle credential, PCtxtHandle context,
        SEC_WCHAR *target, ULONG request, ULONG reserved1, ULONG data_rep, PSecBufferDesc input,
        ULONG reserved2, PCtxtHandle new_context, PSecBufferDesc output, ULONG *attributes,
        PTimeStamp expiry);
SECURITY_STATUS WINAPI edge_accept_context(PCredHandle credential, PCtxtHandle context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PCtxtHandle new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry);
SECURITY_STATUS WINAPI edge_delete_context(PCtxtHandle handle);
SECURITY_STATUS WINAPI edge_query_context_ex(
        PCtxtHandle handle, ULONG id, void *buffer, ULONG size);
SECURITY_STATUS WINAPI edge_query_context(PCtxtHandle handle, ULONG id, void *buffer);
SECURITY_STATUS WINAPI edge_set_context(PCtxtHandle handle, ULONG id, void *buffer, ULONG size);
SECURITY_STATUS WINAPI edge_complete(PCtxtHandle handle, PSecBufferDesc token);
SECURITY_STATUS WINAPI edge_apply_control(PCtxtHandle handle, PSecBufferDesc token);
SECURITY_STATUS WINAPI edge_impersonate(PCtxtHandle handle);
SECURITY_STATUS WINAPI edge_revert(PCtxtHandle handle);
SECURITY_STATUS WINAPI edge_query_token(PCtxtHandle handle, HANDLE *token);
SECURITY_STATUS WINAPI edge_export_context(
        PCtxtHandle handle, ULONG flags, PSecBuffer packed, void **token);
SECURITY_STATUS WINAPI edge_import_context(
        SEC_WCHAR *package, PSecBuffer packed, void *token, PCtxtHandle handle);
SECURITY_STATUS WINAPI edge_make_signature(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS WINAPI edge_verify_signature(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality);
SECURITY_STATUS WINAPI edge_encrypt(
        PCtxtHandle handle, ULONG quality, PSecBufferDesc message, ULONG sequence);
SECURITY_STATUS WINAPI edge_decrypt(
        PCtxtHandle handle, PSecBufferDesc message, ULONG sequence, ULONG *quality);

#endif
