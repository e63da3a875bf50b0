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
 *
 * Of these the one that the key comes from. It is read only if anything there has changed since it was the
 * same (settings.c), or if the thread is another user.
 */
#include "schannel.h"

enum { VALUE_USUAL = 2048, VALUE_MOST = 32768 };

struct kept_key {
    struct kept_key *next;
    ULONG users;
    WCHAR *container, *provider; /* PROVIDER NULL: none was named */
    DWORD type, machine, spec;
    struct ssp_stamp stamp; /* STORED was found to be what is stored */
    struct blob stored;
    struct blob der;
};

static struct ssp_lock lock;
static struct kept_key *kept;

/* ---- what the provider has stored ---- */

static LSTATUS query(HKEY key, const WCHAR *name, DWORD room, struct blob *value, DWORD *size)
{
    blob_free(value);
    *value = (struct blob){mem_alloc(room), 0, room};
    *size = room;
    return value->data ? RegQueryValueExW(key, name, NULL, NULL, value->data, size)
                       : ERROR_NOT_ENOUGH_MEMORY;
}

static BOOL read_value(HKEY key, const WCHAR *name, struct blob *value)
{
    DWORD size;
    LSTATUS e = query(key, name, VALUE_USUAL, value, &size);
    if (e == ERROR_MORE_DATA && size <= VALUE_MOST)
        e = query(key, name, size, value, &size);
    value->size = e == ERROR_SUCCESS ? size : 0;
    return value->size != 0;
}

/* NULL: there is no telling. */
static HKEY open_stored(const CRYPT_KEY_PROV_INFO *info)
{
    static const WCHAR folder[] = L"Software\\Wine\\Crypto\\RSA\\";
    WCHAR path[ARRAYSIZE(folder) + MAX_PATH];
    HKEY key, root = info->dwFlags & CRYPT_MACHINE_KEYSET ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
    if (!info->pwszContainerName || !info->pwszContainerName[0] ||
            lstrlenW(info->pwszContainerName) >= MAX_PATH)
        return NULL;
    lstrcpyW(path, folder);
    lstrcatW(path, info->pwszContainerName);
    return RegOpenKeyExW(root, path, 0, KEY_QUERY_VALUE, &key) == ERROR_SUCCESS ? key : NULL;
}

static BOOL read_stored(const CRYPT_KEY_PROV_INFO *info, struct blob *stored)
{
    HKEY key = open_stored(info);
    if (!key)
        return FALSE;
    const WCHAR *name =
            info->dwKeySpec == AT_SIGNATURE ? L"SignatureKeyPair" : L"KeyExchangeKeyPair";
    BOOL ok = read_value(key, name, stored);
    RegCloseKey(key);
    return ok;
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

/* Sealed anew or not, the same key. */
static BOOL same_key(const struct blob *a, const struct blob *b)
{
    DATA_BLOB x = {0}, y = {0};
    if (bytes_equal(blob_view(a), blob_view(b)))
        return TRUE;
    BOOL same = open_seal(a, &x) && open_seal(b, &y) &&
                secret_equal(bytes_of(x.pbData, x.cbData), bytes_of(y.pbData, y.cbData));
    plain_free(&x);
    plain_free(&y);
    return same;
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
    blob_free(&k->stored);
    blob_free(&k->der);
    mem_free(k, sizeof(*k));
}

/* Unit by unit: for lstrcmp, which asks a language, names are the same that differ in a soft hyphen. */
static BOOL same_name(const WCHAR *a, const WCHAR *b)
{
    return a && b ? !wcscmp(a, b) : !a && !b;
}

static BOOL is_of(const struct kept_key *k, const CRYPT_KEY_PROV_INFO *info)
{
    return k->type == info->dwProvType && k->spec == info->dwKeySpec &&
           k->machine == (info->dwFlags & CRYPT_MACHINE_KEYSET) &&
           same_name(k->container, info->pwszContainerName) &&
           same_name(k->provider, info->pwszProvName);
}

static struct kept_key *find(const CRYPT_KEY_PROV_INFO *info, struct bytes stored)
{
    struct kept_key *k = kept;
    while (k && !(is_of(k, info) && bytes_equal(blob_view(&k->stored), stored)))
        k = k->next;
    return k;
}

static struct kept_key *find_unchanged(const CRYPT_KEY_PROV_INFO *info, struct ssp_stamp now)
{
    unsigned where = info->dwFlags & CRYPT_MACHINE_KEYSET ? WATCHED_MACHINE_KEYS : WATCHED_USER_KEYS;
    struct kept_key *k = kept;
    while (k && !(is_of(k, info) && ssp_stamp_holds(k->stamp, now, where)))
        k = k->next;
    return k;
}

/* STORED NULL: the one that is known to be stored still. */
static struct kept_key *take(
        const CRYPT_KEY_PROV_INFO *info, struct ssp_stamp now, const struct blob *stored)
{
    ssp_lock_take(&lock);
    struct kept_key *k = stored ? find(info, blob_view(stored)) : find_unchanged(info, now);
    if (k) {
        k->users++;
        k->stamp = now;
    }
    ssp_lock_give(&lock);
    return k;
}

/* Rights to the container may have been taken away, of which no event tells under Wine; and who impersonates somebody
 * may have other containers of that name. */
static BOOL may_take_unread(const CRYPT_KEY_PROV_INFO *info)
{
    HANDLE token;
    HKEY key = open_stored(info);
    if (!key)
        return FALSE;
    RegCloseKey(key);
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        CloseHandle(token);
        return FALSE;
    }
    return GetLastError() == ERROR_NO_TOKEN;
}

BOOL key_kept_take(
        const CRYPT_KEY_PROV_INFO *info, struct ssp_stamp now, struct private_key *key)
{
    struct blob stored = {0};
    if (!kept) /* nothing is: whoever makes the first one at this moment is not waited for */
        return FALSE;
    if (may_take_unread(info))
        key->kept = take(info, now, NULL);
    if (!key->kept && read_stored(info, &stored))
        key->kept = take(info, now, &stored);
    blob_free(&stored);
    return key->kept != NULL;
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

void key_kept_before(const CRYPT_KEY_PROV_INFO *info, struct blob *before)
{
    if (!read_stored(info, before))
        blob_free(before);
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

void key_kept_keep(const CRYPT_KEY_PROV_INFO *info, struct blob *before, struct private_key *key)
{
    struct kept_key *k = before->size && key->der.size ? make(info) : NULL;
    /* What is stored now is what the key was taken from, unless somebody came in between. */
    if (k && same_key(before, &k->stored)) {
        blob_move(&k->der, &key->der);
        key->kept = k;
        ssp_lock_take(&lock);
        k->next = kept;
        kept = k;
        ssp_lock_give(&lock);
    } else if (k) {
        kept_free(k);
    }
    blob_free(before);
}
