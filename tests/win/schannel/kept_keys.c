/* A key of a container is taken out once for all credentials that have it at the same time
 * (dlls/schannel/key_kept.c). That it is not taken out again shows where Wine's provider stores it: whoever has
 * had the container open seals the key anew. */
#include "pair.h"
#include "rights.h"

#define CONTAINER L"opensspi-test-kept"

struct stored {
    BYTE bytes[8192];
    DWORD size;
};

static struct stored stored(void)
{
    struct stored s = {.size = sizeof(s.bytes)};
    HKEY key;
    if (RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\Wine\\Crypto\\RSA\\" CONTAINER, 0,
                KEY_QUERY_VALUE, &key)) {
        s.size = 0;
        return s;
    }
    if (RegQueryValueExW(key, L"KeyExchangeKeyPair", NULL, NULL, s.bytes, &s.size))
        s.size = 0;
    RegCloseKey(key);
    return s;
}

static BOOL same(const struct stored *a, const struct stored *b)
{
    return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

static CredHandle acquire(PCCERT_CONTEXT certificate)
{
    struct options o = {.server_certificate = certificate};
    CredHandle credential;
    SECURITY_STATUS status = acquire_server(&o, &credential);
    ok(status == SEC_E_OK, "%08lx\n", status);
    return credential;
}

/* A handshake with the credential, which stays. */
static void connect_to(CredHandle credential, BOOL works)
{
    struct options o = {.client_flags = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_NO_DEFAULT_CREDS};
    struct pair p = {0};
    ok(acquire_client(&o, &p.client_credential) == SEC_E_OK, "client\n");
    p.server_credential = credential;
    pair_connect(&p, &o);
    ok((p.client_status == SEC_E_OK && p.server_status == SEC_E_OK) == works, "%08lx %08lx\n",
            p.client_status, p.server_status);
    pair_disconnect(&p);
    sspi->FreeCredentialsHandle(&p.client_credential);
}

/* One more credential has been there: what is stored was compared, and found to be the same (settings.c). */
static void acquire_more(PCCERT_CONTEXT certificate)
{
    for (int i = 0; i < 3; i++) {
        CredHandle another = acquire(certificate);
        sspi->FreeCredentialsHandle(&another);
    }
}

static void test_shared(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    struct stored made = stored();
    CredHandle a = acquire(certificate);
    struct stored first = stored();
    ok(made.size && !same(&made, &first), "this provider seals a key only once: nothing is shown here\n");
    CredHandle b = acquire(certificate);
    struct stored second = stored();
    ok(same(&first, &second), "the container was opened again\n");
    sspi->FreeCredentialsHandle(&a);
    connect_to(b, TRUE);
    a = acquire(certificate);
    second = stored();
    ok(same(&first, &second), "the container was opened again\n");
    connect_to(a, TRUE);
    sspi->FreeCredentialsHandle(&b);
    sspi->FreeCredentialsHandle(&a);
    /* nobody has it: the next one opens it */
    a = acquire(certificate);
    second = stored();
    ok(!same(&first, &second), "it was kept for nobody\n");
    sspi->FreeCredentialsHandle(&a);
    CertFreeCertificateContext(certificate);
}

/* Sealed anew by somebody who had it open, it is the same key, and is found to be. */
static void test_opened_by_others(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    CredHandle a = acquire(certificate), b;
    acquire_more(certificate);
    HCRYPTPROV provider;
    ok(CryptAcquireContextW(&provider, CONTAINER, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0), "container\n");
    CryptReleaseContext(provider, 0);
    b = acquire(certificate);
    connect_to(a, TRUE);
    connect_to(b, TRUE);
    sspi->FreeCredentialsHandle(&a);
    connect_to(b, TRUE);
    sspi->FreeCredentialsHandle(&b);
    CertFreeCertificateContext(certificate);
}

/* Another key in the container: who has the old one keeps it, who comes now has the new one, which is not the
 * certificate's. */
static void test_replaced(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE), other;
    CredHandle old = acquire(certificate), fresh;
    acquire_more(certificate);
    connect_to(old, TRUE);
    other = make_certificate(CONTAINER, TRUE);
    fresh = acquire(other);
    connect_to(fresh, TRUE);
    connect_to(old, TRUE);
    sspi->FreeCredentialsHandle(&fresh);
    struct options o = {.server_certificate = certificate};
    SECURITY_STATUS status = acquire_server(&o, &fresh);
    if (status == SEC_E_OK) {
        connect_to(fresh, FALSE);
        sspi->FreeCredentialsHandle(&fresh);
    }
    connect_to(old, TRUE);
    sspi->FreeCredentialsHandle(&old);
    CertFreeCertificateContext(certificate);
    CertFreeCertificateContext(other);
}

static void test_deleted(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    struct options o = {.server_certificate = certificate};
    CredHandle old = acquire(certificate), fresh;
    acquire_more(certificate);
    delete_container(CONTAINER);
    SECURITY_STATUS status = acquire_server(&o, &fresh);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%08lx\n", status);
    connect_to(old, TRUE);
    sspi->FreeCredentialsHandle(&old);
    status = acquire_server(&o, &fresh);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%08lx\n", status);
    CertFreeCertificateContext(certificate);
}

static void check_refused(PCCERT_CONTEXT certificate, const char *when)
{
    struct options o = {.server_certificate = certificate};
    CredHandle credential;
    SECURITY_STATUS status = acquire_server(&o, &credential);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%s: %08lx\n", when, status);
    if (status == SEC_E_OK)
        sspi->FreeCredentialsHandle(&credential);
}

/* The key that the containers are in goes as well, and comes again: what is in the new one is looked at, too. */
static void test_all_deleted(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    CredHandle old = acquire(certificate);
    acquire_more(certificate);
    delete_container(CONTAINER);
    check_refused(certificate, "container deleted");
    ok(!RegDeleteTreeW(HKEY_CURRENT_USER, L"Software\\Wine\\Crypto\\RSA"), "RegDeleteTree\n");
    sspi->FreeCredentialsHandle(&old);
    CertFreeCertificateContext(certificate);
    certificate = make_certificate(CONTAINER, TRUE);
    old = acquire(certificate);
    acquire_more(certificate);
    delete_container(CONTAINER);
    check_refused(certificate, "container deleted in the new key");
    sspi->FreeCredentialsHandle(&old);
    CertFreeCertificateContext(certificate);
}

/* Whoever may not read the container any more does not get its key. */
static void test_rights(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    CredHandle old = acquire(certificate), fresh;
    HKEY key;
    acquire_more(certificate);
    ok(!RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\Wine\\Crypto\\RSA\\" CONTAINER, 0, READ_CONTROL | WRITE_DAC, &key),
            "RegOpenKeyEx\n");
    ok(set_dacl(key, FALSE), "no rights\n");
    check_refused(certificate, "no rights");
    check_refused(certificate, "no rights, again");
    ok(set_dacl(key, TRUE), "rights\n");
    RegCloseKey(key);
    fresh = acquire(certificate);
    connect_to(fresh, TRUE);
    sspi->FreeCredentialsHandle(&fresh);
    sspi->FreeCredentialsHandle(&old);
    CertFreeCertificateContext(certificate);
}

/* The same container by another provider's name is another question, asked anew. */
static void test_other_provider(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    CRYPT_KEY_PROV_INFO info = {(WCHAR *)CONTAINER, (WCHAR *)L"no such provider", PROV_RSA_AES, 0, 0, NULL,
            AT_KEYEXCHANGE};
    struct options o = {.server_certificate = certificate};
    CredHandle a = acquire(certificate), b;
    acquire_more(certificate);
    CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
    SECURITY_STATUS status = acquire_server(&o, &b);
    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%08lx\n", status);
    sspi->FreeCredentialsHandle(&a);
    CertFreeCertificateContext(certificate);
}

/* A name that a language takes for the same (U+00AD shows nothing) is another container's. */
static void test_similar_name(void)
{
    static const WCHAR similar[] = L"opensspi-test-\x00ad" L"kept";
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE), other = make_certificate(similar, TRUE);
    CredHandle a = acquire(certificate), b;
    acquire_more(certificate);
    struct options o = {.server_certificate = other};
    SECURITY_STATUS status = acquire_server(&o, &b);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (status == SEC_E_OK) {
        connect_to(b, TRUE);
        sspi->FreeCredentialsHandle(&b);
    }
    sspi->FreeCredentialsHandle(&a);
    CertFreeCertificateContext(certificate);
    CertFreeCertificateContext(other);
    delete_container(similar);
}

/* ---- what stays in memory ---- */

/* The key's first prime as DER has it, and as nobody would find it here. */
static BYTE hidden[128];

static void hide_prime(void)
{
    BYTE blob[4096];
    DWORD size = sizeof(blob), i;
    HCRYPTPROV provider;
    HCRYPTKEY key;
    ok(CryptAcquireContextW(&provider, CONTAINER, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES, 0), "container\n");
    ok(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), "key\n");
    ok(CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob, &size), "export %lx\n", GetLastError());
    CryptDestroyKey(key);
    CryptReleaseContext(provider, 0);
    for (i = 0; i < sizeof(hidden); i++) /* behind two headers and a modulus of 2048 bits; little-endian */
        hidden[i] = blob[20 + 256 + sizeof(hidden) - 1 - i] ^ 0x5a;
    SecureZeroMemory(blob, sizeof(blob));
}

static BOOL is_prime_at(const BYTE *p)
{
    for (unsigned i = 0; i < 32; i++)
        if (p[i] != (hidden[i] ^ 0x5a))
            return FALSE;
    return TRUE;
}

/* How often the prime is in memory that this process can write. */
static unsigned primes(void)
{
    MEMORY_BASIC_INFORMATION m;
    unsigned count = 0;
    for (const BYTE *at = NULL; VirtualQuery(at, &m, sizeof(m)); at = (BYTE *)m.BaseAddress + m.RegionSize) {
        DWORD protect = m.Protect & 0xff;
        BOOL writable = protect == PAGE_READWRITE || protect == PAGE_EXECUTE_READWRITE || protect == PAGE_WRITECOPY;
        if (m.State != MEM_COMMIT || !writable || m.Protect & PAGE_GUARD || m.RegionSize < 32)
            continue;
        const BYTE first = hidden[0] ^ 0x5a, *p = m.BaseAddress, *end = p + m.RegionSize - 32;
        while (p < end && (p = memchr(p, first, (size_t)(end - p))) != NULL)
            count += is_prime_at(p++);
    }
    return count;
}

/* Wine's own provider leaves copies in memory that it has freed: they can vanish at any time, and only that. */
static void test_wiped(void)
{
    PCCERT_CONTEXT certificate = make_certificate(CONTAINER, TRUE);
    hide_prime();
    unsigned before = primes();
    CredHandle a = acquire(certificate);
    unsigned one = primes();
    CredHandle b = acquire(certificate);
    ok(one, "nowhere: the search is no good\n");
    ok(primes() <= one, "a second copy\n");
    sspi->FreeCredentialsHandle(&a);
    unsigned still = primes();
    ok(still, "gone while one credential has it\n");
    sspi->FreeCredentialsHandle(&b);
    unsigned left = primes();
    ok(left <= before && left < still, "%u before, %u, left %u\n", before, still, left);
    CertFreeCertificateContext(certificate);
}

/* ---- threads ---- */

static PCCERT_CONTEXT of_all;
static LONG failures;

static DWORD WINAPI acquire_often(void *unused)
{
    struct options o = {.server_certificate = of_all};
    (void)unused;
    for (int i = 0; i < 20; i++) {
        CredHandle a, b;
        BOOL good = acquire_server(&o, &a) == SEC_E_OK;
        good &= acquire_server(&o, &b) == SEC_E_OK;
        if (!good) {
            InterlockedIncrement(&failures);
            return 0;
        }
        sspi->FreeCredentialsHandle(&a);
        sspi->FreeCredentialsHandle(&b);
    }
    return 0;
}

static void test_threads(void)
{
    HANDLE threads[4];
    of_all = make_certificate(CONTAINER, TRUE);
    for (int i = 0; i < ARRAY_SIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, acquire_often, NULL, 0, NULL);
    for (int i = 0; i < ARRAY_SIZE(threads); i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    ok(!failures, "%ld threads failed\n", failures);
    CredHandle last = acquire(of_all);
    connect_to(last, TRUE);
    sspi->FreeCredentialsHandle(&last);
    CertFreeCertificateContext(of_all);
}

START_TEST(kept_keys)
{
    pair_setup();
    test_shared();
    test_opened_by_others();
    test_replaced();
    test_deleted();
    test_all_deleted();
    test_rights();
    test_other_provider();
    test_similar_name();
    test_wiped();
    test_threads();
    delete_container(CONTAINER);
}
