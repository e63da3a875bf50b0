/* Keying material, for a driver that compares it with the peer's. */
#include "peer.h"
#include <schannel.h>
#include <stdio.h>

void print_hex(const char *what, const BYTE *data, DWORD size)
{
    printf("%s ", what);
    for (DWORD i = 0; i < size; i++)
        printf("%02X", data[i]);
    printf("\n");
    fflush(stdout);
}

SECURITY_STATUS party_print_keys(
        struct party *p, const char *what, char *label, WORD label_size, DWORD size)
{
    SecPkgContext_KeyingMaterialInfo info = {label_size, label, 0, NULL, size};
    SecPkgContext_KeyingMaterial material = {0};
    SECURITY_STATUS status = SetContextAttributesW(
            &p->context, SECPKG_ATTR_KEYING_MATERIAL_INFO, &info, sizeof info);

    if (status == SEC_E_OK)
        status = QueryContextAttributesW(&p->context, SECPKG_ATTR_KEYING_MATERIAL, &material);
    if (status != SEC_E_OK)
        return status;
    print_hex(what, material.pbKeyingMaterial, material.cbKeyingMaterial);
    FreeContextBuffer(material.pbKeyingMaterial);
    return SEC_E_OK;
}
