/* What a program's handle leads to. */
#include "secur32.h"

static void destroy(struct ssp_object *object)
{
    struct entry *e = (struct entry *)object;

    if (e->open && object->kind == SSP_CREDENTIAL)
        e->table->FreeCredentialsHandle(&e->inner);
    else if (e->open)
        e->table->DeleteSecurityContext(&e->inner);
    mem_free(e, sizeof *e);
}

struct entry *entry_new(
        enum ssp_kind kind, const struct package *row, const SecurityFunctionTableW *table)
{
    struct entry *e = mem_alloc(sizeof *e);

    if (!e)
        return NULL;
    ssp_object_init(&e->object, kind, destroy);
    e->row = row;
    e->table = table;
    return e;
}

/* The handle table also holds Negotiate's own objects, which no program ever gets a handle of. */
struct entry *entry_get(const SecHandle *handle, enum ssp_kind kind)
{
    struct ssp_object *object = ssp_handle_get(handle, kind);

    if (object && object->destroy != destroy) {
        ssp_release(object);
        object = NULL;
    }
    return (struct entry *)object;
}

void entry_release(struct entry *e)
{
    if (e)
        ssp_release(&e->object);
}

SECURITY_STATUS entry_publish(struct entry *e, SECURITY_STATUS status, SecHandle *handle)
{
    if (SUCCEEDED(status)) {
        e->open = TRUE;
        if (ssp_handle_open(&e->object, handle) == SEC_E_OK)
            return status;
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    entry_release(e);
    return status;
}
