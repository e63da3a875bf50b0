/* Keys for others: exported keying material (RFC 5705), the key block of EAP methods. What to export is
 * set before it is asked for ("SetContextAttributes", "SecPkgContext_KeyingMaterialInfo",
 * "SecPkgContext_EapPrfInfo"). */
#include "schannel.h"

enum { KEYING_MATERIAL_MAX = 65535 }; /* bytes; RFC 8446 7.1 */

/* "The NUL terminator will be removed by schannel." */
static struct bytes label_of(const SecPkgContext_KeyingMaterialInfo *info)
{
    struct bytes label = bytes_of(info->pszLabel, info->cbLabel);
    if (label.size && !label.data[label.size - 1])
        label.size--;
    return label;
}

SECURITY_STATUS set_keying_material_info(struct context *c, const void *buffer)
{
    const SecPkgContext_KeyingMaterialInfo *info = buffer;
    if (!info->pszLabel || (info->cbContextValue && !info->pbContextValue))
        return SEC_E_INVALID_PARAMETER;
    struct bytes label = label_of(info);
    if (!label.size || !info->cbKeyingMaterial || info->cbKeyingMaterial > KEYING_MATERIAL_MAX)
        return SEC_E_INVALID_PARAMETER;
    struct blob text = {0}, value = {0};
    enum status s = blob_set(&text, label);
    if (s == ST_OK)
        s = blob_set(&value, bytes_of(info->pbContextValue, info->cbContextValue));
    if (s == ST_OK) {
        blob_move(&c->export_label, &text);
        blob_move(&c->export_context, &value);
        c->export_size = info->cbKeyingMaterial;
    }
    blob_free(&text);
    blob_free(&value);
    return schannel_status(s, NULL);
}

/* OUT and its memory are the program's; what is left here is wiped. */
static SECURITY_STATUS give(struct blob *material, BYTE **out)
{
    *out = ssp_heap_alloc(material->size);
    if (*out)
        CopyMemory(*out, material->data, material->size);
    blob_free(material);
    return *out ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS query_keying_material(struct context *c, void *buffer)
{
    SecPkgContext_KeyingMaterial *out = buffer;
    struct blob material = {0};
    BYTE *copy;
    if (!c->export_size)
        return SEC_E_INVALID_PARAMETER; /* "before ..._INFO has been set": an error */
    struct bytes value = blob_view(&c->export_context);
    enum status st = tls_export(c->tls, blob_view(&c->export_label), value.size ? &value : NULL,
            c->export_size, &material);
    if (st != ST_OK)
        return schannel_status(st, c->tls);
    SECURITY_STATUS s = give(&material, &copy);
    if (s != SEC_E_OK)
        return s;
    out->cbKeyingMaterial = c->export_size;
    out->pbKeyingMaterial = copy;
    return SEC_E_OK;
}

/* "SecPkgContext_EapPrfInfo". For EAP-TTLS the page has the randoms the other way round than RFC 5281
 * 8, which all its peers follow; so do we (docs/interop.md). */
static const struct eap_prf {
    DWORD kind;
    struct bytes label;
    bool server_first;
    bool has_ivs; /* RFC 5216 2.3: the IVs come from the PRF of nobody's secret */
} eap_prfs[] = {
        {0, {(const uint8_t *)"client EAP encryption", 21}, false, true},
        {1, {(const uint8_t *)"ttls keying material", 20}, false, false},
        {2, {(const uint8_t *)"ttls challenge", 14}, false, false},
        {3, {(const uint8_t *)"key expansion", 13}, true, false}, /* RFC 4851 5.1 */
};

SECURITY_STATUS set_eap_prf(struct context *c, const void *buffer)
{
    const SecPkgContext_EapPrfInfo *info = buffer;
    DWORD kind;
    if (info->dwVersion || info->cbPrfData != sizeof(kind) || !info->pbPrfData)
        return SEC_E_INVALID_PARAMETER;
    CopyMemory(&kind, info->pbPrfData, sizeof(kind));
    for (size_t i = 0; i < ARRAYSIZE(eap_prfs); i++)
        if (eap_prfs[i].kind == kind) {
            c->eap_prf = (ULONG)i;
            return SEC_E_OK;
        }
    return SEC_E_INVALID_PARAMETER;
}

SECURITY_STATUS query_eap_key_block(struct context *c, void *buffer)
{
    SecPkgContext_EapKeyBlock *out = buffer;
    const struct eap_prf *prf = &eap_prfs[c->eap_prf];
    struct blob keys = {0}, ivs = {0};
    size_t size = sizeof(out->rgbKeys) + (prf->has_ivs ? 0 : sizeof(out->rgbIVs));
    enum status s = tls_prf(c->tls, prf->label, prf->server_first, size, &keys);
    if (s == ST_OK && prf->has_ivs)
        s = tls_prf_public(c->tls, prf->label, sizeof(out->rgbIVs), &ivs);
    if (s == ST_OK) {
        const BYTE *rest = prf->has_ivs ? ivs.data : keys.data + sizeof(out->rgbKeys);
        CopyMemory(out->rgbKeys, keys.data, sizeof(out->rgbKeys));
        CopyMemory(out->rgbIVs, rest, sizeof(out->rgbIVs));
    }
    blob_free(&keys);
    blob_free(&ivs);
    return schannel_status(s, c->tls);
}
