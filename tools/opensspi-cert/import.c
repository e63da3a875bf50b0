/* opensspi-cert import. The key's file comes first: a certificate in the store never lacks its key. */
#include <stdio.h>
#include "cert.h"
#include "base/utf16.h"
#include "ssp/ask.h"
#include "ssp/keys.h"
#include "tls/bundle.h"

enum { FILE_MAX = 1 << 20 };

static bool read_file(const WCHAR *path, struct blob *out)
{
    LARGE_INTEGER size;
    DWORD got = 0;
    bool done = false;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        say("cannot open %ls: error %lu", path, GetLastError());
        return false;
    }
    if (!GetFileSizeEx(file, &size) || size.QuadPart > FILE_MAX)
        say("%ls is larger than 1 MiB, which no certificate file is", path);
    else if ((out->data = mem_alloc((size_t)size.QuadPart)) != NULL) {
        out->size = out->capacity = (size_t)size.QuadPart;
        done = ReadFile(file, out->data, (DWORD)out->size, &got, NULL) && got == out->size;
        if (!done)
            say("cannot read %ls: error %lu", path, GetLastError());
    }
    CloseHandle(file);
    return done;
}

static bool read_password(struct blob *utf8)
{
    struct blob wide = {0};
    bool done = ask_password(&wide) == ST_OK && utf8_from_utf16(blob_view(&wide), utf8) == ST_OK;
    blob_free(&wide);
    /* An empty one is a password as well: its view must not be NULL. */
    if (done && !utf8->data)
        done = (utf8->data = mem_alloc(1)) != NULL && (utf8->capacity = 1);
    if (!done)
        say("a password is one line of UTF-8");
    return done;
}

static int explain(enum status s, const WCHAR *file)
{
    switch (s) {
    case ST_NO_CREDENTIALS:
        return say("%ls: the password is wrong, or one is needed: --password", file);
    case ST_NOT_FOUND:
        return say("%ls: there is no certificate for the key", file);
    case ST_UNSUPPORTED:
        return say("%ls: keys are RSA, RSA-PSS, or ECDSA on P-256, P-384 or P-521", file);
    case ST_BAD_ARGUMENT:
        return say("%ls: neither a PFX nor PEM with a certificate and a private key", file);
    default:
        return say("%ls: %s", file, status_name(s));
    }
}

/* The key's own name: the same key twice is one file. */
static void name_of(const struct tls_bundle *bundle, WCHAR name[65])
{
    for (size_t i = 0; i < sizeof bundle->key_id; i++)
        swprintf(name + 2 * i, 3, L"%02x", bundle->key_id[i]);
}

static bool add(HCERTSTORE store, const struct blob *der, WCHAR *key, PCCERT_CONTEXT *added)
{
    PCCERT_CONTEXT certificate = CertCreateCertificateContext(
            X509_ASN_ENCODING, der->data, (DWORD)der->size);
    CRYPT_KEY_PROV_INFO info = {
            .pwszContainerName = key, .pwszProvName = (WCHAR *)KEYS_PROVIDER};
    bool done = certificate &&
                (!key || CertSetCertificateContextProperty(
                                 certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info)) &&
                CertAddCertificateContextToStore(
                        store, certificate, CERT_STORE_ADD_REPLACE_EXISTING, added);
    if (!done)
        say("a certificate cannot be stored: error 0x%lx", GetLastError());
    if (certificate)
        CertFreeCertificateContext(certificate);
    return done;
}

/* Roots as well: CA trusts nobody. */
static bool add_issuers(bool machine, const struct tls_bundle *bundle)
{
    if (bundle->count < 2)
        return true;
    HCERTSTORE store = store_open(machine, L"CA", true);
    bool done = store != NULL;
    for (size_t i = 1; done && i < bundle->count; i++)
        done = add(store, &bundle->certificates[i], NULL, NULL);
    return store && store_close(store, done) && done;
}

/* Of an earlier import; what cannot be read is somebody's. */
static bool keys_are_there(const WCHAR *name)
{
    WCHAR path[MAX_PATH];
    if (!keys_path(name, path))
        return false;
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES ||
           (GetLastError() != ERROR_FILE_NOT_FOUND && GetLastError() != ERROR_PATH_NOT_FOUND);
}

static int put(bool machine, const struct tls_bundle *bundle)
{
    WCHAR name[65];
    PCCERT_CONTEXT added = NULL;
    char thumbprint[41], subject[400];
    name_of(bundle, name);
    bool was_there = keys_are_there(name);
    if (keys_write(name, blob_view(&bundle->key)) != ST_OK)
        return say("the key's file cannot be written");
    HCERTSTORE store = add_issuers(machine, bundle) ? store_open(machine, L"MY", true) : NULL;
    bool done = store && add(store, &bundle->certificates[0], name, &added);
    if (added) {
        thumbprint_of(added, thumbprint);
        subject_of(added, subject, sizeof subject);
        CertFreeCertificateContext(added);
    }
    if (store)
        done = store_close(store, done) && done;
    if (!done) {
        if (!was_there && keys_remove(name) != ST_OK)
            say("the key %ls.p8 is left behind", name);
        return say("not imported");
    }
    printf("imported: %s  %s  %s %u bits, %u issuer%s\n", thumbprint, subject, bundle->algorithm,
            bundle->bits, (unsigned)bundle->count - 1, bundle->count == 2 ? "" : "s");
    return EXIT_DONE;
}

int cert_import(bool machine, bool ask_for_password, const WCHAR *file, const WCHAR *key_file)
{
    static struct tls_bundle bundle;
    struct blob contents = {0}, key = {0}, password = {0};
    int code = EXIT_FAILED;
    if (read_file(file, &contents) && (!key_file || read_file(key_file, &key)) &&
            (!ask_for_password || read_password(&password))) {
        enum status s = tls_bundle_read(
                blob_view(&contents), blob_view(&key), blob_view(&password), &bundle);
        code = s == ST_OK ? put(machine, &bundle) : explain(s, file);
    }
    tls_bundle_free(&bundle);
    blob_free(&contents);
    blob_free(&key);
    blob_free(&password);
    return code;
}
