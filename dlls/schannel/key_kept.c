/* Keys that were taken out of CryptoAPI containers, shared by the credentials that use them: a server that
 * acquires one for each connection need not have its key opened, and sealed again, each time.
 *
 * A key is kept while a credential has it, and wiped when the last one lets it go. It is used again only
 * for the same container, opened the same way, and only while what Wine's provider has stored for that is
 * byte for byte what it was: whoever replaces the key, deletes it or takes it out of the user's reach is
 * noticed by the next AcquireCredentialsHandle. Where the provider stores elsewhere (Windows, other
 * providers) nothing is kept.
 *
 *   HKCU or HKLM, Software\Wine\Crypto\RSA\CONTAINER      (observed, Wine 8.0 and 10.0)
 *     KeyExchangeKeyPair, SignatureKeyPair    each sealed by CryptProtectData, anew, with other bytes, by
 *                                             everybody who has had the container open
 */
#include "schannel.h"

enum { VALUES = 2, VALUE_MOST = 32768 };

struct key_stored {
    struct blob value[VALUES]; /* empty: there is none */
};

struct kept_key {
    struct kept_key *next;
    ULONG users;
    WCHAR *container, *provider; /* PROVIDER NULL: none was named */
    DWORD type, machine, spec;
    struct key_stored stored;
    struct blob der;
};

static struct ssp_lock lock;
static struct kept_key *kept;

/* ---- what the provider has stored ---- */

static void stored_free(struct key_stored *stored)
{
    for (int i = 0; i < VALUES; i++)
        blob_free(&stored->value[i]);
}

static BOOL read_value(HKEY key, const WCHAR *name, struct blob *value)
{
    DWORD type, size = 0;
    LSTATUS e = RegQueryValueExW(key, name, NULL, &type, NULL, &size);
    if (e == ERROR_FILE_NOT_FOUND)
        return TRUE;
    if (e != ERROR_SUCCESS || !size || size > VALUE_MOST)
        return FALSE;
    *value = (struct blob){mem_alloc(size), 0, size};
    if (!value->data ||
            RegQueryValueExW(key, name, NULL, &type, value->data, &size) != ERROR_SUCCESS)
        return FALSE;
    value->size = size;
    return TRUE;
}

/* False: there is no telling. */
static BOOL read_stored(const CRYPT_KEY_PROV_INFO *info, struct key_stored *stored)
{
    static const WCHAR folder[] = L"Software\\Wine\\Crypto\\RSA\\";
    WCHAR path[ARRAYSIZE(folder) + MAX_PATH];
    HKEY key, root = info->dwFlags & CRYPT_MACHINE_KEYSET ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
    if (!info->pwszContainerName || !info->pwszContainerName[0] ||
            lstrlenW(info->pwszContainerName) >= MAX_PATH)
        return FALSE;
    lstrcpyW(path, folder);
    lstrcatW(path, info->pwszContainerName);
    if (RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
        return FALSE;
    BOOL ok = read_value(key, L"KeyExchangeKeyPair", &stored->value[0]) &&
              read_value(key, L"SignatureKeyPair", &stored->value[1]) &&
              (stored->value[0].size || stored->value[1].size);
    RegCloseKey(key);
    return ok;
}

static BOOL same_bytes(const struct key_stored *a, const struct key_stored *b)
{
    for (int i = 0; i < VALUES; i++)
        if (!bytes_equal(blob_view(&a->value[i]), blob_view(&b->value[i])))
            return FALSE;
    return TRUE;
}

static BOOL open_seal(const struct blob *value, DATA_BLOB *plain)
{
    DATA_BLOB sealed = {(DWORD)value->size, value->data};
    return CryptUnprotectData(&sealed, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, plain);
}

static void plain_free(DATA_BLOB *plain)
{
    wipe(plain->pbData, plain->cbData);
    LocalFree(plain->pbData);
}

static BOOL same_value(const struct blob *a, const struct blob *b)
{
    DATA_BLOB x = {0}, y = {0};
    if (!a->size || !b->size)
        return a->size == b->size;
    BOOL same = open_seal(a, &x) && open_seal(b, &y) &&
                secret_equal(bytes_of(x.pbData, x.cbData), bytes_of(y.pbData, y.cbData));
    plain_free(&x);
    plain_free(&y);
    return same;
}

/* Sealed anew or not, the same keys. */
static BOOL same_keys(const struct key_stored *a, const struct key_stored *b)
{
    if (same_bytes(a, b))
        return TRUE;
    for (int i = 0; i < VALUES; i++)
        if (!same_value(&a->value[i], &b->value[i]))
            return FALSE;
    return TRUE;
}

/* ---- what is kept ---- */

static WCHAR *copy_name(const WCHAR *name)
{
    size_t size = name ? ((size_t)lstrlenW(name) + 1) * sizeof *name : 0;
    WCHAR *copy = size ? mem_alloc(size) : NULL;
    if (copy)
        CopyMemory(copy, name, size);
    return copy;
}

static void free_name(WCHAR *name)
{
    mem_free(name, name ? ((size_t)lstrlenW(name) + 1) * sizeof *name : 0);
}

static void kept_free(struct kept_key *k)
{
    free_name(k->container);
    free_name(k->provider);
    stored_free(&k->stored);
    blob_free(&k->der);
    mem_free(k, sizeof(*k));
}

static BOOL same_name(const WCHAR *a, const WCHAR *b)
{
    return a && b ? !lstrcmpW(a, b) : !a && !b;
}

static BOOL is_of(const struct kept_key *k, const CRYPT_KEY_PROV_INFO *info)
{
    return k->type == info->dwProvType && k->spec == info->dwKeySpec &&
           k->machine == (info->dwFlags & CRYPT_MACHINE_KEYSET) &&
           same_name(k->container, info->pwszContainerName) &&
           same_name(k->provider, info->pwszProvName);
}

static struct kept_key *find(const CRYPT_KEY_PROV_INFO *info, const struct key_stored *stored)
{
    struct kept_key *k = kept;
    while (k && !(is_of(k, info) && same_bytes(&k->stored, stored)))
        k = k->next;
    return k;
}

BOOL key_kept_take(const CRYPT_KEY_PROV_INFO *info, struct private_key *key)
{
    struct key_stored now = {0};
    if (!kept) /* nothing is: whoever makes the first one at this moment is not waited for */
        return FALSE;
    struct kept_key *k = NULL;
    if (read_stored(info, &now)) {
        ssp_lock_take(&lock);
        k = find(info, &now);
        if (k)
            k->users++;
        ssp_lock_give(&lock);
    }
    stored_free(&now);
    key->kept = k;
    return k != NULL;
}

void key_kept_let_go(struct private_key *key)
{
    struct kept_key *k = key->kept;
    if (!k)
        return;
    ssp_lock_take(&lock);
    BOOL last = !--k->users;
    for (struct kept_key **at = &kept; last && *at; at = &(*at)->next)
        if (*at == k) {
            *at = k->next;
            break;
        }
    ssp_lock_give(&lock);
    if (last)
        kept_free(k);
    key->kept = NULL;
}

struct bytes private_key_der(const struct private_key *key)
{
    return blob_view(key->kept ? &key->kept->der : &key->der);
}

/* ---- keeping one ---- */

struct key_stored *key_kept_before(const CRYPT_KEY_PROV_INFO *info)
{
    struct key_stored *before = mem_alloc(sizeof *before);
    if (before && read_stored(info, before))
        return before;
    if (before)
        stored_free(before);
    mem_free(before, sizeof *before);
    return NULL;
}

static struct kept_key *make(const CRYPT_KEY_PROV_INFO *info)
{
    struct kept_key *k = mem_alloc(sizeof(*k));
    if (!k)
        return NULL;
    k->users = 1;
    k->type = info->dwProvType;
    k->spec = info->dwKeySpec;
    k->machine = info->dwFlags & CRYPT_MACHINE_KEYSET;
    k->container = copy_name(info->pwszContainerName);
    k->provider = copy_name(info->pwszProvName);
    if (k->container && (k->provider || !info->pwszProvName) && read_stored(info, &k->stored))
        return k;
    kept_free(k);
    return NULL;
}

void key_kept_keep(
        const CRYPT_KEY_PROV_INFO *info, struct key_stored *before, struct private_key *key)
{
    struct kept_key *k = before && key->der.size ? make(info) : NULL;
    /* What is stored now is what the key was taken from, unless somebody came in between. */
    if (k && same_keys(before, &k->stored)) {
        blob_move(&k->der, &key->der);
        key->kept = k;
        ssp_lock_take(&lock);
        k->next = kept;
        kept = k;
        ssp_lock_give(&lock);
    } else if (k) {
        kept_free(k);
    }
    if (before)
        stored_free(before);
    mem_free(before, sizeof *before);
}
