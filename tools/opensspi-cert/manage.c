/* opensspi-cert list and remove: certificates whose keys are files of ours, and no others. */
#include <stdio.h>
#include "cert.h"
#include "base/utf16.h"
#include "ssp/keys.h"

static const char *state_of(PCCERT_CONTEXT certificate, const WCHAR *name)
{
    struct blob key = {0};
    enum status s = keys_read(name, &key);
    blob_free(&key);
    if (s != ST_OK)
        return s == ST_NOT_FOUND ? "\tno key file" : "\tkey file refused";
    LONG when = CertVerifyTimeValidity(NULL, certificate->pCertInfo);
    return when > 0 ? "\texpired" : when < 0 ? "\tnot yet valid" : "";
}

int cert_list(bool machine)
{
    PCCERT_CONTEXT at = NULL;
    char thumbprint[41], subject[400];
    HCERTSTORE store = store_open(machine, L"MY", false);
    if (!store) /* a prefix in which nobody has used it yet has none */
        return EXIT_FAILED;
    while ((at = CertEnumCertificatesInStore(store, at)) != NULL) {
        WCHAR *name = key_name(at);
        if (!name)
            continue;
        thumbprint_of(at, thumbprint);
        subject_of(at, subject, sizeof subject);
        printf("%s\t%s%s\n", thumbprint, subject, state_of(at, name));
        LocalFree(name);
    }
    CertCloseStore(store, 0);
    return EXIT_DONE;
}

static bool fits(PCCERT_CONTEXT certificate, const WCHAR *wanted)
{
    char hex[41];
    size_t i = 0;
    thumbprint_of(certificate, hex);
    while (wanted[i] && i < 40 && (char)(wanted[i] >= 'a' ? wanted[i] - 32 : wanted[i]) == hex[i])
        i++;
    return i > 0 && !wanted[i];
}

/* One certificate, whose key is a file of ours. */
static PCCERT_CONTEXT find(HCERTSTORE store, const WCHAR *thumbprint)
{
    PCCERT_CONTEXT at = NULL, found = NULL;
    while ((at = CertEnumCertificatesInStore(store, at)) != NULL) {
        WCHAR *name = fits(at, thumbprint) ? key_name(at) : NULL;
        if (!name)
            continue;
        LocalFree(name);
        if (found) {
            say("%ls is the beginning of more than one", thumbprint);
            CertFreeCertificateContext(found);
            CertFreeCertificateContext(at);
            return NULL;
        }
        found = CertDuplicateCertificateContext(at);
    }
    if (!found)
        say("there is no such certificate with a key of ours: %ls", thumbprint);
    return found;
}

static bool uses_key(bool machine, const WCHAR *name)
{
    bool used = false;
    PCCERT_CONTEXT at = NULL;
    HCERTSTORE store = store_open(machine, L"MY", false);
    if (!store)
        return GetLastError() != ERROR_FILE_NOT_FOUND; /* unknown: the key stays */
    while ((at = CertEnumCertificatesInStore(store, at)) != NULL) {
        WCHAR *other = key_name(at);
        used = used || (other && !lstrcmpiW(other, name));
        LocalFree(other);
    }
    CertCloseStore(store, 0);
    return used;
}

/* The certificate first: what is left of a failure is a key without a certificate, not the reverse. */
static int remove_found(HCERTSTORE store, bool machine, PCCERT_CONTEXT certificate)
{
    char thumbprint[41];
    WCHAR *name = key_name(certificate);
    thumbprint_of(certificate, thumbprint);
    bool done = name && CertDeleteCertificateFromStore(certificate); /* frees it */
    if (!done)
        say("%s cannot be removed: error 0x%lx", thumbprint, GetLastError());
    done = store_close(store, done) && done;
    bool shared = done && (uses_key(machine, name) || uses_key(!machine, name));
    if (done && !shared && keys_remove(name) == ST_NO_AUTHORITY)
        done = say("the key's file %ls.p8 cannot be removed: error %lu", name, GetLastError()) ==
               EXIT_DONE;
    LocalFree(name);
    if (!done)
        return EXIT_FAILED;
    printf("removed: %s%s\n", thumbprint, shared ? " (another certificate keeps the key)" : "");
    return EXIT_DONE;
}

int cert_remove(bool machine, const WCHAR *thumbprint)
{
    HCERTSTORE store = store_open(machine, L"MY", true);
    PCCERT_CONTEXT found = store ? find(store, thumbprint) : NULL;
    if (found)
        return remove_found(store, machine, found);
    if (store)
        CertCloseStore(store, 0);
    return EXIT_FAILED;
}
