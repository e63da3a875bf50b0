/* The Sspi* functions of identities: their pages, and Wine's secur32.c, on Windows. */
#include "../sspi_test.h"
#include <wincred.h>

#define USER   L"J\x00fcrgen"
#define DOMAIN L"D\x00f6mane"
#define PASSWORD                                                                                   \
    L"Gr\x00fc\x00df"                                                                              \
    L"e-\x20ac"

static SECURITY_STATUS WINAPI (*encode)(
        const WCHAR *, const WCHAR *, const WCHAR *, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *);
static SECURITY_STATUS WINAPI (*decode)(
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE, const WCHAR **, const WCHAR **, const WCHAR **);

static BOOL same(const WCHAR *a, const WCHAR *b)
{
    return a && b ? !wcscmp(a, b) : a == b;
}

/* What goes in comes out; what was not given is NULL. */
static void round_trip(const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL;
    const WCHAR *u = (void *)STALE, *d = (void *)STALE, *p = (void *)STALE;
    SECURITY_STATUS status = encode(user, domain, password, &id);

    ok(status == SEC_E_OK && id, "%08lx\n", status);
    status = decode(id, &u, &d, &p);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(same(u, user) && same(d, domain) && same(p, password), "%ls, %ls\n", u, d);
    SspiLocalFree((void *)u);
    SspiLocalFree((void *)d);
    SspiLocalFree((void *)p);
    SspiZeroAuthIdentity(id);
    SspiFreeAuthIdentity(id);
}

static void test_strings(void)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = (void *)STALE;
    SECURITY_STATUS status = encode(NULL, NULL, NULL, &id);

    ok(status == SEC_E_INVALID_TOKEN, "%08lx\n", status);
    ok(id == (void *)STALE, "output touched\n");
    status = encode(NULL, NULL, NULL, NULL);
    ok(status == SEC_E_INVALID_TOKEN, "%08lx\n", status);
    round_trip(USER, DOMAIN, PASSWORD);
    round_trip(USER, NULL, PASSWORD);
    round_trip(USER, NULL, NULL);
    round_trip(NULL, DOMAIN, PASSWORD);
    round_trip(NULL, NULL, PASSWORD);
}

/* Wine's secur32.c, test_SspiPrepareForCredWrite: CRED_TYPE_DOMAIN_PASSWORD, "DOM\user", the password without NUL. */
static void test_cred_write(void)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL;
    const WCHAR *target, *user;
    ULONG type = 0, size = 0;
    UCHAR *blob;
    SECURITY_STATUS status;

    encode(USER, DOMAIN, PASSWORD, &id);
    status = SspiPrepareForCredWrite(id, NULL, &type, &target, &user, &blob, &size);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(type == CRED_TYPE_DOMAIN_PASSWORD, "type %lu\n", type);
    ok(same(target, DOMAIN L"\\" USER) && same(user, DOMAIN L"\\" USER), "%ls, %ls\n", target,
            user);
    ok(size == sizeof(PASSWORD) - sizeof(WCHAR) && !memcmp(blob, PASSWORD, size), "%lu bytes\n",
            size);
    SspiLocalFree((void *)target);
    SspiLocalFree((void *)user);
    SspiLocalFree(blob);
    status = SspiPrepareForCredWrite(id, L"TERMSRV/host", &type, &target, &user, &blob, &size);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(same(target, L"TERMSRV/host"), "%ls\n", target);
    SspiLocalFree((void *)target);
    SspiLocalFree((void *)user);
    SspiLocalFree(blob);
    SspiFreeAuthIdentity(id);
}

/* "SspiCopyAuthIdentity", "SspiCompareAuthIdentities", "SspiValidateAuthIdentity". */
static void test_copy(void)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL, copy = NULL, other = NULL;
    BOOLEAN user, identical;
    SECURITY_STATUS status;

    encode(USER, DOMAIN, PASSWORD, &id);
    encode(USER, DOMAIN, L"another", &other);
    status = SspiCopyAuthIdentity(id, &copy);
    ok(status == SEC_E_OK && copy && copy != id, "%08lx\n", status);
    status = SspiCompareAuthIdentities(id, copy, &user, &identical);
    ok(status == SEC_E_OK && user && identical, "%08lx: %u %u\n", status, user, identical);
    status = SspiCompareAuthIdentities(id, other, &user, &identical);
    ok(status == SEC_E_OK && user && !identical, "%08lx: %u %u\n", status, user, identical);
    ok(SspiValidateAuthIdentity(id) == SEC_E_OK, "validate\n");
    SspiFreeAuthIdentity(id);
    SspiFreeAuthIdentity(copy);
    SspiFreeAuthIdentity(other);
    SspiFreeAuthIdentity(NULL);
}

/* "SspiMarshalAuthIdentity", "SspiUnmarshalAuthIdentity": there and back. Bytes cut off are
 * refused. */
static void test_marshal(void)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL, back = NULL;
    BOOLEAN user = FALSE, identical = FALSE;
    unsigned long size = 0;
    char *bytes = NULL;
    SECURITY_STATUS status;

    encode(USER, DOMAIN, PASSWORD, &id);
    status = SspiMarshalAuthIdentity(id, &size, &bytes);
    ok(status == SEC_E_OK && size && bytes, "%08lx\n", status);
    status = SspiUnmarshalAuthIdentity(size, bytes, &back);
    ok(status == SEC_E_OK && back, "%08lx\n", status);
    status = SspiCompareAuthIdentities(id, back, &user, &identical);
    ok(status == SEC_E_OK && user && identical, "%08lx: %u %u\n", status, user, identical);
    SspiFreeAuthIdentity(back);
    if (is_opensspi())
        for (; size; size -= min(size, 3)) {
            back = (void *)STALE;
            ok(FAILED(SspiUnmarshalAuthIdentity(size - 1, bytes, &back)) && back == (void *)STALE,
                    "%lu bytes\n", size - 1);
        }
    SspiLocalFree(bytes);
    SspiFreeAuthIdentity(id);
}

/* "SspiGetTargetHostName": the host of an SPN. */
static void test_host(void)
{
    static const struct {
        const WCHAR *spn, *host;
    } rows[] = {{L"TERMSRV/host.example", L"host.example"}, {L"host/server:3389", L"server"},
            {L"HTTP/web/realm", L"web"}};
    int i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        WCHAR *host = NULL;
        SECURITY_STATUS status = SspiGetTargetHostName(rows[i].spn, &host);
        ok(status == SEC_E_OK && same(host, rows[i].host), "%ls: %08lx, %ls\n", rows[i].spn, status,
                host);
        SspiLocalFree(host);
    }
}

/* An identity made here is one for AcquireCredentialsHandle; its user is in the credential. */
static void test_use(void)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL;
    CredHandle credential;
    SECURITY_STATUS status;

    encode(USER, DOMAIN, PASSWORD, &id);
    status = acquire(L"NTLM", SECPKG_CRED_OUTBOUND, id, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    if (is_opensspi()) {
        SecPkgCredentials_NamesW names = {NULL};
        WCHAR text[100];
        status = ansi ? QueryCredentialsAttributesA(
                                &credential, SECPKG_CRED_ATTR_NAMES, (void *)&names)
                      : QueryCredentialsAttributesW(&credential, SECPKG_CRED_ATTR_NAMES, &names);
        ok(status == SEC_E_OK, "names %08lx\n", status);
        take_text(names.sUserName, text, ARRAY_SIZE(text));
        if (!ansi || narrow_holds(DOMAIN USER))
            ok(same(text, DOMAIN L"\\" USER), "%ls\n", text);
    }
    FreeCredentialsHandle(&credential);
    SspiFreeAuthIdentity(id);
}

START_TEST(identity)
{
    HMODULE secur32 = GetModuleHandleA("secur32.dll");

    encode = (void *)GetProcAddress(secur32, "SspiEncodeStringsAsAuthIdentity");
    decode = (void *)GetProcAddress(secur32, "SspiEncodeAuthIdentityAsStrings");
    test_strings();
    test_cred_write();
    test_copy();
    test_marshal();
    test_host();
    as_w_and_a(test_use); /* the Sspi functions themselves have no A forms */
}
