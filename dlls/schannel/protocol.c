/* SP_PROT bits, libs/tls's version bits, and the registry between them. */
#include "schannel.h"

#define PROTOCOLS_KEY                                                                              \
    L"SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\"

/* Enabled and DisabledByDefault when the registry is silent: TLS 1.0, 1.1 and DTLS 1.0 stay off. */
static const struct protocol {
    unsigned version;
    DWORD client, server; /* SP_PROT_ */
    const WCHAR *client_key, *server_key;
    DWORD enabled;
} protocols[] = {
        {TLS_V1_0, SP_PROT_TLS1_0_CLIENT, SP_PROT_TLS1_0_SERVER, PROTOCOLS_KEY L"TLS 1.0\\Client",
                PROTOCOLS_KEY L"TLS 1.0\\Server", 0},
        {TLS_V1_1, SP_PROT_TLS1_1_CLIENT, SP_PROT_TLS1_1_SERVER, PROTOCOLS_KEY L"TLS 1.1\\Client",
                PROTOCOLS_KEY L"TLS 1.1\\Server", 0},
        {TLS_V1_2, SP_PROT_TLS1_2_CLIENT, SP_PROT_TLS1_2_SERVER, PROTOCOLS_KEY L"TLS 1.2\\Client",
                PROTOCOLS_KEY L"TLS 1.2\\Server", 1},
        {TLS_V1_3, SP_PROT_TLS1_3_CLIENT, SP_PROT_TLS1_3_SERVER, PROTOCOLS_KEY L"TLS 1.3\\Client",
                PROTOCOLS_KEY L"TLS 1.3\\Server", 1},
        {DTLS_V1_0, SP_PROT_DTLS1_0_CLIENT, SP_PROT_DTLS1_0_SERVER,
                PROTOCOLS_KEY L"DTLS 1.0\\Client", PROTOCOLS_KEY L"DTLS 1.0\\Server", 0},
        {DTLS_V1_2, SP_PROT_DTLS1_2_CLIENT, SP_PROT_DTLS1_2_SERVER,
                PROTOCOLS_KEY L"DTLS 1.2\\Client", PROTOCOLS_KEY L"DTLS 1.2\\Server", 1},
};

unsigned versions_of_protocols(DWORD bits, BOOL server)
{
    unsigned versions = 0;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++)
        if (bits & (server ? protocols[i].server : protocols[i].client))
            versions |= protocols[i].version;
    return versions;
}

DWORD protocols_of_versions(unsigned versions, BOOL server)
{
    DWORD bits = 0;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++)
        if (versions & protocols[i].version)
            bits |= server ? protocols[i].server : protocols[i].client;
    return bits;
}

/* Most protocols have no key: then neither value is asked for. */
static BOOL is_silent(const WCHAR *path)
{
    HKEY key;
    LSTATUS e = RegOpenKeyExW(
            HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key);
    if (e == ERROR_SUCCESS)
        RegCloseKey(key);
    return e == ERROR_FILE_NOT_FOUND;
}

void versions_by_policy(BOOL server, unsigned *allowed, unsigned *by_default)
{
    *allowed = *by_default = 0;
    for (size_t i = 0; i < ARRAYSIZE(protocols); i++) {
        const struct protocol *p = &protocols[i];
        const WCHAR *key = server ? p->server_key : p->client_key;
        BOOL silent = is_silent(key);
        if (!(silent ? p->enabled
                     : ssp_policy_dword(HKEY_LOCAL_MACHINE, key, L"Enabled", p->enabled, 0)))
            continue;
        *allowed |= p->version;
        if (silent || !ssp_policy_dword(HKEY_LOCAL_MACHINE, key, L"DisabledByDefault", 0, 1))
            *by_default |= p->version;
    }
}
