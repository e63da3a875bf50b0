/* The list of packages: "EnumerateSecurityPackages", "QuerySecurityPackageInfo", Wine's main.c. */
#include "../sspi_test.h"

/* What dumps of EnumerateSecurityPackages show, in the order in which Windows 10 lists them; OLD: what Windows 7 says. What is not
 * listed is not there: opensspi lists what works, Windows what is switched on. */
static const struct row {
    const WCHAR *name, *comment;
    ULONG capabilities, old_capabilities, max_token, old_max_token;
    USHORT rpc_id;
    BOOL ours;
} rows[] = {
        {L"Negotiate", L"Microsoft Package Negotiator", 0x00883BB3, 0x83BB3, 48256, 12256, 9, TRUE},
        {L"NegoExtender", L"NegoExtender Security Package", 0x00913913, 0x113913, 12000, 12000, 30},
        {L"Kerberos", L"Microsoft Kerberos V1.0", 0x028F3BBF, 0xF3BBF, 48000, 12000, 16},
        {L"NTLM", L"NTLM Security Package", 0x02882B37, 0x82B37, 2888, 2888, 10, TRUE},
        {L"TSSSP", L"TS Service Security Package", 0x00810230, 0x10230, 13000, 13000, 22, TRUE},
        {L"pku2u", L"PKU2U Security Package", 0x00A11113, 0x211113, 12000, 12000, 31},
        {L"CloudAP", L"Cloud AP Security Package", 0x00202000, 0x202000, 0, 0, 36},
        {L"WDigest", L"Digest Authentication for Windows", 0x00800304, 0x304, 4096, 4096, 21},
        {L"Schannel", L"Schannel Security Package", 0x004107B3, 0x107B3, 24576, 24576, 14, TRUE},
        {L"Microsoft Unified Security Protocol Provider", L"Schannel Security Package", 0x004107B3,
                0x107B3, 24576, 24576, 14, TRUE},
        {L"Default TLS SSP", L"Schannel Security Package", 0x004107B3, 0x107B3, 24576, 24576, 14,
                TRUE},
        {L"CREDSSP", L"Microsoft CredSSP Security Provider", 0x00810733, 0x110733, 73032, 37032,
                0xFFFF, TRUE},
};

static BOOL same_text(const void *text, const WCHAR *expected)
{
    return ansi ? !strcmp(text, narrow(expected)) : !wcscmp(text, expected);
}

static const struct row *row_of(const void *name, int *at)
{
    for (*at = 0; *at < ARRAY_SIZE(rows); ++*at)
        if (same_text(name, rows[*at].name))
            return &rows[*at];
    return NULL;
}

static void check_info(const SecPkgInfoW *p, const struct row *row)
{
    ok(same_text(p->Name, row->name), "name of %ls\n", row->name);
    ok(same_text(p->Comment, row->comment), "comment of %ls\n", row->name);
    ok(p->wVersion == 1, "%ls: version %u\n", row->name, p->wVersion);
    ok(p->wRPCID == row->rpc_id, "%ls: RPC id %u\n", row->name, p->wRPCID);
    ok(p->fCapabilities == row->capabilities ||
                    broken(p->fCapabilities == row->old_capabilities && !is_opensspi()),
            "%ls: capabilities %08lx\n", row->name, p->fCapabilities);
    ok(p->cbMaxToken == row->max_token ||
                    broken(p->cbMaxToken == row->old_max_token && !is_opensspi()),
            "%ls: max token %lu\n", row->name, p->cbMaxToken);
}

static SECURITY_STATUS enumerate(ULONG *count, SecPkgInfoW **packages)
{
    return ansi ? EnumerateSecurityPackagesA(count, (SecPkgInfoA **)packages)
                : EnumerateSecurityPackagesW(count, packages);
}

static SECURITY_STATUS package_info(const WCHAR *name, SecPkgInfoW **package)
{
    return ansi ? QuerySecurityPackageInfoA(narrow(name), (SecPkgInfoA **)package)
                : QuerySecurityPackageInfoW((WCHAR *)name, package);
}

/* The known ones in the known order, each once; on opensspi those of issue 2 at least. */
static void test_list(void)
{
    SecPkgInfoW *packages = NULL;
    BOOL seen[ARRAY_SIZE(rows)] = {FALSE};
    ULONG count = 0, i;
    int at, last = -1;

    ok(enumerate(&count, &packages) == SEC_E_OK, "enumerate\n");
    for (i = 0; i < count; i++) {
        const struct row *row = row_of(packages[i].Name, &at);
        if (!row)
            continue; /* a package that someone installed */
        check_info(&packages[i], row);
        ok(!seen[at], "%ls twice\n", row->name);
        ok(at > last, "%ls comes too late\n", row->name);
        seen[at] = TRUE;
        last = at;
    }
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        ok(seen[i] || !rows[i].ours || broken(!is_opensspi()), "%ls is not listed\n", rows[i].name);
    ok(FreeContextBuffer(packages) == SEC_E_OK, "FreeContextBuffer\n");
}

/* Every listed package can be asked for by name, in whatever case, and gives a credential of some
 * kind. */
static void test_each(void)
{
    SecPkgInfoW *packages, *one;
    ULONG count, i;
    int at;

    enumerate(&count, &packages);
    for (i = 0; i < count; i++) {
        const struct row *row = row_of(packages[i].Name, &at);
        WCHAR name[100];
        if (!row)
            continue;
        ok(package_info(row->name, &one) == SEC_E_OK, "%ls\n", row->name);
        check_info(one, row);
        FreeContextBuffer(one);
        wcscpy(name, row->name); /* Wine's main.c: names have no case */
        ok(package_info(wcsupr(name), &one) == SEC_E_OK, "%ls\n", name);
        check_info(one, row);
        FreeContextBuffer(one);
        ok(package_info(wcslwr(name), &one) == SEC_E_OK, "%ls\n", name);
        FreeContextBuffer(one);
    }
    FreeContextBuffer(packages);
}

/* Wine's main.c, testQuerySecurityPackageInfo, on Windows: an unknown name is SEC_E_SECPKG_NOT_FOUND, the
 * out pointer untouched. */
static void test_unknown(void)
{
    static const WCHAR *const names[] = {L"Winetest", L"", L"NTLM ", L"NTL", L"Negotiat\x00e9"};
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < ARRAY_SIZE(names); i++) {
        SecPkgInfoW *one = (void *)STALE;
        status = package_info(names[i], &one);
        ok(status == SEC_E_SECPKG_NOT_FOUND, "%ls: %08lx\n", names[i], status);
        ok(one == (void *)STALE, "%ls: out pointer touched\n", names[i]);
        status = acquire(names[i], SECPKG_CRED_OUTBOUND, NULL, &credential, NULL);
        ok(status == SEC_E_SECPKG_NOT_FOUND, "%ls: %08lx\n", names[i], status);
    }
    ok(credential.dwLower == STALE && credential.dwUpper == STALE, "credential touched\n");
}

/* "FreeContextBuffer": what is handed out is one block for FreeContextBuffer. */
static void test_block(void)
{
    SecPkgInfoW *one = NULL;
    SIZE_T size, text;

    package_info(L"NTLM", &one);
    text = ansi ? strlen((char *)one->Name) + strlen((char *)one->Comment) + 2
                : (wcslen(one->Name) + wcslen(one->Comment) + 2) * 2;
    size = HeapSize(GetProcessHeap(), 0, one);
    /* Wine's test of sizes is about NEGOTIATION_INFO (msv1_0's attributes); of this block only that it
     * is the heap's. */
    ok(size != (SIZE_T)-1 && size >= sizeof(*one) + text, "%lu bytes\n", (ULONG)size);
    ok((char *)one->Name > (char *)one && (char *)one->Name < (char *)one + size, "name outside\n");
    ok(FreeContextBuffer(one) == SEC_E_OK, "free\n");
}

static void all_tests(void)
{
    test_list();
    test_each();
    test_unknown();
    test_block();
}

START_TEST(packages)
{
    as_w_and_a(all_tests);
}
