/* Contexts of the LSA-mode edge: words to handles, and the entries of the W table underneath. */
#include "ssp/lsa.h"
#include "ssp/provider.h"

/* The handles of one leg as the W table takes them: NULL for a word of 0, "none". */
struct leg_handles {
    SecHandle credential, context, made;
    SecHandle *credential_given, *context_given, *made_wanted;
};

static void take(struct leg_handles *h, LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
        const LSA_SEC_HANDLE *new_context)
{
    h->credential = ssp_handle_from_word(credential);
    h->context = ssp_handle_from_word(context);
    h->made = (SecHandle){0, 0};
    h->credential_given = credential ? &h->credential : NULL;
    h->context_given = context ? &h->context : NULL;
    h->made_wanted = new_context ? &h->made : NULL;
}

/* Contexts are never mapped: there is nothing to hand over to another process. */
static NTSTATUS give(const struct leg_handles *h, SECURITY_STATUS status,
        PLSA_SEC_HANDLE new_context, PBOOLEAN mapped, PSecBuffer context_data)
{
    if (SUCCEEDED(status) && new_context)
        *new_context = ssp_handle_to_word(&h->made);
    if (mapped)
        *mapped = FALSE;
    if (context_data) {
        context_data->cbBuffer = 0;
        context_data->pvBuffer = NULL;
    }
    return status;
}

NTSTATUS NTAPI lsa_initialize_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
        PUNICODE_STRING target, ULONG request, ULONG data_rep, PSecBufferDesc input,
        PLSA_SEC_HANDLE new_context, PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry,
        PBOOLEAN mapped, PSecBuffer context_data)
{
    struct leg_handles h;
    WCHAR *name;
    SECURITY_STATUS status;

    if (!lsa_text(target, &name))
        return SEC_E_INSUFFICIENT_MEMORY;
    take(&h, credential, context, new_context);
    status = edge_initialize(h.credential_given, h.context_given, name, request, 0, data_rep, input,
            0, h.made_wanted, output, attributes, expiry);
    ssp_heap_free(name);
    return give(&h, status, new_context, mapped, context_data);
}

NTSTATUS NTAPI lsa_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
        PSecBufferDesc input, ULONG request, ULONG data_rep, PLSA_SEC_HANDLE new_context,
        PSecBufferDesc output, ULONG *attributes, PTimeStamp expiry, PBOOLEAN mapped,
        PSecBuffer context_data)
{
    struct leg_handles h;
    SECURITY_STATUS status;

    take(&h, credential, context, new_context);
    status = edge_accept_context(h.credential_given, h.context_given, input, request, data_rep,
            h.made_wanted, output, attributes, expiry);
    return give(&h, status, new_context, mapped, context_data);
}

NTSTATUS NTAPI lsa_delete_context(LSA_SEC_HANDLE context)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_delete_context(&handle);
}

NTSTATUS NTAPI lsa_apply_control(LSA_SEC_HANDLE context, PSecBufferDesc token)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_apply_control(&handle, token);
}

NTSTATUS NTAPI lsa_set_context(LSA_SEC_HANDLE context, ULONG id, void *buffer, ULONG size)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_set_context(&handle, id, buffer, size);
}

NTSTATUS NTAPI lsa_query_context(LSA_SEC_HANDLE context, ULONG id, void *buffer)
{
    SecHandle handle = ssp_handle_from_word(context);

    return edge_query_context(&handle, id, buffer);
}
