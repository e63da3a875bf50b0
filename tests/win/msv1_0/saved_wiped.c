/* A saved password is nowhere in this process once a leg has used it: neither in a copy of ours nor
 * in what Credential Manager handed out. The scan looks at all memory that can be written; that it
 * finds things, a canary shows. */
#include "../sspi_test.h"
#include "saved.h"

#define MASK 0x55AA

/* The password, masked, so that no copy of it is in this program. */
static const WCHAR masked[] = {'U' ^ MASK, 'n' ^ MASK, 'i' ^ MASK, 'q' ^ MASK, 'u' ^ MASK,
        'e' ^ MASK, '-' ^ MASK, 0xe9 ^ MASK, '7' ^ MASK, 'Q' ^ MASK, 'z' ^ MASK, 'w' ^ MASK};
enum { LENGTH = ARRAY_SIZE(masked) };

static void unmask(WCHAR *out)
{
    int i;

    for (i = 0; i < LENGTH; i++)
        out[i] = masked[i] ^ MASK;
}

static BOOL is_password(const BYTE *p)
{
    int i;

    for (i = 0; i < LENGTH; i++)
        if (((p[2 * i] | p[2 * i + 1] << 8) ^ MASK) != masked[i])
            return FALSE;
    return TRUE;
}

static int count_in(const BYTE *p, SIZE_T size)
{
    int count = 0;

    for (; size >= 2 * LENGTH; p++, size--)
        if (*p == (BYTE)(masked[0] ^ MASK) && is_password(p))
            count++;
    return count;
}

static BOOL can_be_written(const MEMORY_BASIC_INFORMATION *m)
{
    return m->State == MEM_COMMIT && m->Type != MEM_MAPPED && !(m->Protect & PAGE_GUARD) &&
           (m->Protect & (PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE |
                                 PAGE_EXECUTE_WRITECOPY));
}

static int scan(void)
{
    MEMORY_BASIC_INFORMATION m;
    BYTE *p = NULL;
    int count = 0;

    for (; VirtualQuery(p, &m, sizeof(m)) && (BYTE *)m.BaseAddress + m.RegionSize > p;
            p = (BYTE *)m.BaseAddress + m.RegionSize)
        if (can_be_written(&m))
            count += count_in(m.BaseAddress, m.RegionSize);
    return count;
}

static void test_canary(void)
{
    WCHAR *canary = malloc(LENGTH * sizeof(WCHAR));

    ok(!scan(), "there before it was made\n");
    unmask(canary);
    ok(scan() == 1, "the scan finds nothing\n");
    SecureZeroMemory(canary, LENGTH * sizeof(WCHAR));
    free(canary);
    ok(!scan(), "there after it was wiped\n");
}

static void save_unique(void)
{
    CREDENTIALW c = {0};
    WCHAR password[LENGTH];

    unmask(password);
    save_blob(&c, CRED_TYPE_DOMAIN_PASSWORD, L"*", L"ANY\\alice", password, sizeof(password));
    SecureZeroMemory(password, sizeof(password));
}

static void test_wiped(const WCHAR *package)
{
    BYTE room[4096];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    CredHandle credential;
    CtxtHandle context;
    ULONG attributes;
    SECURITY_STATUS status;
    int before;

    before = scan(); /* what CredWrite may have left is not ours */
    status = acquire(package, SECPKG_CRED_OUTBOUND, NULL, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    status = initialize(
            &credential, NULL, L"HTTP/here", 0, NULL, &context, &output, &attributes, NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status); /* it was found and taken */
    ok(scan() <= before, "%d copies, %d before\n", scan(), before);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&credential);
    ok(scan() <= before, "%d copies, %d before\n", scan(), before);
}

/* The same of a password that the program gives: its own copy is the only one. */
static void test_given(const WCHAR *package)
{
    WCHAR password[LENGTH];
    SEC_WINNT_AUTH_IDENTITY_W id = {(void *)L"alice", 5, NULL, 0, password, LENGTH,
            SEC_WINNT_AUTH_IDENTITY_UNICODE};
    CredHandle credential;
    SECURITY_STATUS status;
    int before = scan();

    unmask(password);
    status = acquire(package, SECPKG_CRED_OUTBOUND, &id, &credential, NULL);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(scan() == before + 1, "%d copies, %d before\n", scan(), before);
    SecureZeroMemory(password, sizeof(password));
    ok(scan() == before, "%d copies, %d before\n", scan(), before);
    FreeCredentialsHandle(&credential);
}

START_TEST(saved_wiped)
{
    if (!is_opensspi())
        return;
    test_canary();
    test_given(L"NTLM");
    test_given(L"Negotiate");
    save_unique();
    test_wiped(L"NTLM");
    test_wiped(L"Negotiate");
    forget();
}
