/* Identities at their edges: UPNs, parts that are empty, flags, lengths that are wrong, EX2 blocks
 * that are malformed, and what the Sspi functions make. Sources: "SEC_WINNT_AUTH_IDENTITY_W",
 * "..._EXW", "..._EX2", "SEC_WINNT_AUTH_PACKED_CREDENTIALS" structures; [MS-NLMP] 2.2.1.3 for the
 * wire. The accounts are in opensspi's store only. */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *package;
static WCHAR longest[257]; /* user and password alike */

static struct account more_accounts[] = {
        {L"alice", L"", L"Wonder-Land1"},
        {L"bob", L"BUILDERS", L"CanWe?Fix"},
        {L"carol@wonder.land", L"", L"Looking-Glass1"},
        {NON_ASCII, L"", NON_ASCII_PASSWORD},
        {longest, L"", longest},
};

/* What AUTHENTICATE says of who logs in. */
static struct {
    WCHAR user[300], domain[300];
    ULONG nt_size, lm_size;
} sent;

static ULONG at(const BYTE *p, int bytes)
{
    ULONG value = 0;

    while (bytes--)
        value = value << 8 | p[bytes];
    return value;
}

/* [MS-NLMP] 2.2.1.3: LmChallengeResponseFields at 12, NtChallengeResponseFields at 20,
 * DomainNameFields at 28, UserNameFields at 36. The message may be inside SPNEGO's. */
static void read_sent(const struct login *l)
{
    static const BYTE start[] = "NTLMSSP\0\3\0\0";
    const BYTE *m = l->tokens[2];
    ULONG left = l->token_sizes[2], size;

    memset(&sent, 0, sizeof(sent));
    for (; left > 64 && memcmp(m, start, sizeof(start)); left--)
        m++;
    ok(left > 64, "no AUTHENTICATE\n");
    if (left <= 64)
        return;
    sent.lm_size = at(m + 12, 2);
    sent.nt_size = at(m + 20, 2);
    size = at(m + 28, 2);
    memcpy(sent.domain, m + at(m + 32, 4), min(size, sizeof(sent.domain) - 2));
    size = at(m + 36, 2);
    memcpy(sent.user, m + at(m + 40, 4), min(size, sizeof(sent.user) - 2));
}

/* The server's word. */
static SECURITY_STATUS log_in(void *identity)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->client_package = l->server_package = package;
    l->identity = identity;
    login_run(l);
    status = FAILED(l->client_status) ? l->client_status : l->server_status;
    if (l->client_status == SEC_E_OK)
        read_sent(l);
    login_close(l);
    free(l);
    return status;
}

static void refused(const void *identity)
{
    CredHandle credential = {STALE, STALE};
    SECURITY_STATUS status = acquire(package, SECPKG_CRED_OUTBOUND, identity, &credential, NULL);

    ok(status == SEC_E_UNKNOWN_CREDENTIALS, "%08lx\n", status);
    ok(credential.dwLower == STALE && credential.dwUpper == STALE, "a handle was written\n");
    if (SUCCEEDED(status))
        FreeCredentialsHandle(&credential);
}

/* ---- names ---- */

/* A UPN goes out whole, with an empty domain (captures of Windows' client, gss-ntlmssp PR 45), and
 * so it is hashed: a server that did otherwise would refuse the proof. A down-level name in User
 * is not taken apart. */
static void test_upn(void)
{
    union identity id;
    enum form form;

    for (form = 0; form < FORMS; form++) {
        SECURITY_STATUS status =
                log_in(make_identity(&id, form, L"carol@wonder.land", L"", L"Looking-Glass1"));
        winetest_push_context("%s", form_names[form]);
        ok(status == SEC_E_OK, "%08lx\n", status);
        ok(!wcscmp(sent.user, L"carol@wonder.land"), "user %ls\n", sent.user);
        ok(!*sent.domain, "domain %ls\n", sent.domain);
        status = log_in(make_identity(&id, form, L"carol@wonder.land", L"", L"Looking-Glass2"));
        ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
        status = log_in(make_identity(&id, form, L"BUILDERS\\bob", L"", L"CanWe?Fix"));
        ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
        ok(!wcscmp(sent.user, L"BUILDERS\\bob") && !*sent.domain, "%ls of %ls\n", sent.user,
                sent.domain);
        winetest_pop_context();
    }
}

/* NULL and "" are one for a domain. A user that is empty is a login that fails: with responses, so
 * not the anonymous one of [MS-NLMP] 3.2.5.1.2 (no NT response, an LM response of at most a byte).
 */
static void test_holes(void)
{
    static const struct {
        const WCHAR *user, *domain, *password;
        SECURITY_STATUS status;
    } rows[] = {
            {L"alice", NULL, L"Wonder-Land1", SEC_E_OK},
            {L"alice", L"", L"Wonder-Land1", SEC_E_OK},
            {L"alice", NULL, NULL, SEC_E_LOGON_DENIED},
            {L"alice", L"", L"", SEC_E_LOGON_DENIED},
            {L"", L"", L"", SEC_E_LOGON_DENIED},
            {L"", NULL, NULL, SEC_E_LOGON_DENIED},
            {NULL, L"", NULL, SEC_E_LOGON_DENIED},
            {NULL, NULL, L"", SEC_E_LOGON_DENIED},
            {NULL, L"WONDERLAND", L"Wonder-Land1", SEC_E_LOGON_DENIED},
            {L"", L"WONDERLAND", L"Wonder-Land1", SEC_E_LOGON_DENIED},
            {NULL, NULL, NULL, SEC_E_NO_CREDENTIALS}, /* nobody: the default ones */
    };
    static const enum form forms[] = {FORM_PLAIN, FORM_ANSI, FORM_EX, FORM_EX_ANSI};
    union identity id;
    int i, form;

    for (form = 0; form < ARRAY_SIZE(forms); form++)
        for (i = 0; i < ARRAY_SIZE(rows); i++) {
            SECURITY_STATUS status = log_in(make_identity(
                    &id, forms[form], rows[i].user, rows[i].domain, rows[i].password));
            winetest_push_context("%s %d", form_names[forms[form]], i);
            ok(status == rows[i].status, "%08lx\n", status);
            if (status == SEC_E_LOGON_DENIED)
                ok(sent.nt_size > 24 && sent.lm_size == 24, "responses of %lu and %lu bytes\n",
                        sent.nt_size, sent.lm_size);
            winetest_pop_context();
        }
}

/* "The maximum character lengths for user name, password, and domain are 256, 256, and 15". */
static void test_longest(void)
{
    union identity id;
    SECURITY_STATUS status =
            log_in(make_identity(&id, FORM_PLAIN, longest, L"FIFTEEN-LETTERS", longest));

    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(!wcscmp(sent.user, longest) && !wcscmp(sent.domain, L"FIFTEEN-LETTERS"), "%ls\n", sent.user);
    id.plain.PasswordLength--;
    status = log_in(&id);
    ok(status == SEC_E_LOGON_DENIED, "one character less: %08lx\n", status);
    /* a DNS domain is longer than 15 */
    status = log_in(make_identity(
            &id, FORM_PLAIN, L"alice", L"a.long.sub.domain.of.example.com", L"Wonder-Land1"));
    ok(status == SEC_E_OK, "%08lx\n", status);
}

/* "The length, in characters, ... not including the terminating null character": no NUL is needed,
 * and what stands behind it does not count. */
static void test_lengths_count(void)
{
    static const enum form forms[] = {FORM_PLAIN, FORM_ANSI, FORM_EX, FORM_EX_ANSI};
    union identity id;
    SECURITY_STATUS status;
    int i;

    for (i = 0; i < ARRAY_SIZE(forms); i++) {
        make_identity(&id, forms[i], L"aliceXX", L"DXX", L"Wonder-Land1XX");
        if (forms[i] == FORM_EX || forms[i] == FORM_EX_ANSI) {
            id.ex.UserLength -= 2;
            id.ex.DomainLength -= 2;
            id.ex.PasswordLength -= 2;
        } else {
            id.plain.UserLength -= 2;
            id.plain.DomainLength -= 2;
            id.plain.PasswordLength -= 2;
        }
        status = log_in(&id);
        ok(status == SEC_E_OK, "%s: %08lx\n", form_names[forms[i]], status);
        ok(!wcscmp(sent.user, L"alice") && !wcscmp(sent.domain, L"D"), "%ls of %ls\n", sent.user,
                sent.domain);
    }
}

/* Lengths that no text has. The text is not read for them: it ends at the end of a page. */
static void test_wild_lengths(void)
{
    static const ULONG wild[] = {0x8000, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    BYTE *page = VirtualAlloc(NULL, 0x2000, MEM_RESERVE, PAGE_NOACCESS);
    WCHAR *text;
    union identity id;
    int i, form, member;

    page = VirtualAlloc(page, 0x1000, MEM_COMMIT, PAGE_READWRITE);
    text = wcscpy((WCHAR *)(page + 0x1000) - 6, L"alice");
    for (form = FORM_PLAIN; form <= FORM_EX_ANSI; form++)
        for (member = 0; member < 4; member++)
            for (i = 0; i < ARRAY_SIZE(wild); i++) {
                BOOL ex = form == FORM_EX || form == FORM_EX_ANSI;
                ULONG *lengths[] = {ex ? &id.ex.UserLength : &id.plain.UserLength,
                        ex ? &id.ex.DomainLength : &id.plain.DomainLength,
                        ex ? &id.ex.PasswordLength : &id.plain.PasswordLength,
                        &id.ex.PackageListLength};
                void **texts[] = {ex ? (void **)&id.ex.User : (void **)&id.plain.User,
                        ex ? (void **)&id.ex.Domain : (void **)&id.plain.Domain,
                        ex ? (void **)&id.ex.Password : (void **)&id.plain.Password,
                        (void **)&id.ex.PackageList};
                if (member == 3 && !ex)
                    continue;
                winetest_push_context("%s member %d length %lx", form_names[form], member, wild[i]);
                make_identity(&id, form, L"alice", L"d", L"p");
                *texts[member] = text;
                *lengths[member] = wild[i];
                refused(&id);
                *texts[member] = NULL; /* nothing, of some length */
                *lengths[member] = wild[i] & 0xFF ? wild[i] & 0xFF : 1;
                refused(&id);
                winetest_pop_context();
            }
    VirtualFree(page, 0, MEM_RELEASE);
}

/* ---- flags ---- */

static ULONG *flags_of(union identity *id, enum form form)
{
    return form == FORM_EX2                         ? &id->ex2.Flags
           : form == FORM_EX || form == FORM_EX_ANSI ? &id->ex.Flags
                                                     : &id->plain.Flags;
}

/* MARSHALLED: "all data is in one buffer"; ONLY is Kerberos's; RESERVED: padding behind; the upper
 * ones are SspiPromptForCredentials' own. None changes who logs in. */
static void test_flags_ignored(void)
{
    static const ULONG flags[] = {SEC_WINNT_AUTH_IDENTITY_MARSHALLED, SEC_WINNT_AUTH_IDENTITY_ONLY,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_BY_CALLER,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX};
    union identity id;
    enum form form;
    int i;

    for (form = 0; form < FORMS; form++)
        for (i = 0; i < ARRAY_SIZE(flags); i++) {
            SECURITY_STATUS status;
            make_identity(&id, form, L"alice", L"", L"Wonder-Land1");
            *flags_of(&id, form) |= flags[i];
            status = log_in(&id);
            ok(status == SEC_E_OK, "%s %lx: %08lx\n", form_names[form], flags[i], status);
        }
}

/* "Flags: this member can be one of the following values", ANSI or UNICODE; with neither the texts
 * are Unicode. */
static void test_flags_none(void)
{
    union identity id;
    SECURITY_STATUS status;
    enum form form;

    for (form = 0; form < FORMS; form++) {
        if (form == FORM_ANSI || form == FORM_EX_ANSI)
            continue;
        make_identity(&id, form, NON_ASCII, L"", NON_ASCII_PASSWORD);
        *flags_of(&id, form) = 0;
        status = log_in(&id);
        ok(status == SEC_E_OK, "%s: %08lx\n", form_names[form], status);
    }
}

/* "The structure is encrypted by the SspiEncryptAuthIdentity function": what it holds is no text
 * then. ID_PROVIDER: "an online ID credential", Domain is a provider's name. */
static void test_flags_refused(void)
{
    static const ULONG flags[] = {SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER,
            SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN};
    union identity id;
    enum form form;
    int i;

    for (form = 0; form < FORMS; form++)
        for (i = 0; i < ARRAY_SIZE(flags); i++) {
            winetest_push_context("%s %lx", form_names[form], flags[i]);
            make_identity(&id, form, L"alice", L"d", L"Wonder-Land1");
            *flags_of(&id, form) |= flags[i];
            refused(&id);
            winetest_pop_context();
        }
}

/* NULL_USER with NULL_DOMAIN and no text: nobody; with a password it is somebody without a name. */
static void test_flags_null(void)
{
    union identity id;
    SECURITY_STATUS status;

    make_identity(&id, FORM_EX2, L"", L"", L"");
    id.ex2.Flags |=
            SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
    id.ex2.PackedCredentialsOffset = id.ex2.PackedCredentialsLength = 0;
    status = log_in(&id);
    ok(status == SEC_E_NO_CREDENTIALS, "nobody: %08lx\n", status);
    make_identity(&id, FORM_EX2, L"", L"", L"Wonder-Land1");
    id.ex2.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER;
    status = log_in(&id);
    ok(status == SEC_E_LOGON_DENIED, "no name: %08lx\n", status);
    make_identity(&id, FORM_EX2, L"alice", L"", L"Wonder-Land1");
    id.ex2.Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN;
    status = log_in(&id);
    ok(status == SEC_E_OK, "no domain: %08lx\n", status);
}

/* ---- blocks ---- */

static void test_ex_length(void)
{
    union identity id;
    SECURITY_STATUS status;

    make_identity(&id, FORM_EX, L"alice", L"", L"Wonder-Land1");
    id.ex.Length = sizeof(id.ex) - 1;
    refused(&id);
    id.ex.Length = 0;
    refused(&id);
    id.ex.Length = sizeof(id.ex) + 8; /* a later version may have more */
    status = log_in(&id);
    ok(status == SEC_E_OK, "%08lx\n", status);
}

static void spoil(union identity *id, int how)
{
    struct packed_password *packed;
    SEC_WINNT_AUTH_IDENTITY_EX2 *e = &id->ex2;

    make_identity(id, FORM_EX2, L"alice", L"dd", L"Wonder-Land1");
    packed = (void *)(id->room + e->PackedCredentialsOffset);
    switch (how) {
    case 0:
        e->cbHeaderLength = sizeof(*e) - 2;
        break;
    case 1:
        e->cbHeaderLength = 0;
        break;
    case 2:
        e->cbStructureLength = sizeof(*e) - 2;
        break;
    case 3:
        e->cbStructureLength = 0;
        break;
    case 4:
        e->cbStructureLength = 0xFFFFFFFF;
        break;
    case 5:
        e->UserOffset = e->cbStructureLength;
        break;
    case 6:
        e->UserOffset = 0xFFFFFFF0;
        break;
    case 7:
        e->UserLength = 0xFFFE;
        break;
    case 8:
        e->UserLength = 9;
        break;
    case 9:
        e->DomainOffset = e->cbStructureLength - 2;
        break;
    case 10:
        e->DomainLength = 3;
        break;
    case 11:
        e->PackedCredentialsLength = 0xFFFF;
        break;
    case 12:
        e->PackedCredentialsOffset = e->cbStructureLength - 4;
        break;
    case 13:
        e->PackedCredentialsLength = sizeof(packed->head) - 2;
        break;
    case 14:
        e->PackageListOffset = sizeof(*e);
        e->PackageListLength = 0xFFFE;
        break;
    case 15:
        e->PackageListOffset = sizeof(*e);
        e->PackageListLength = 3;
        break;
    case 16:
        packed->head.cbHeaderLength = 4;
        break;
    case 17:
        packed->head.AuthData.CredType.Data1 ^= 1;
        break;
    case 18:
        packed->head.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_CERT;
        break;
    case 19:
        packed->head.AuthData.CredData.ByteArrayOffset = 0xFFFF;
        break;
    case 20:
        packed->head.AuthData.CredData.ByteArrayLength += 2;
        break;
    case 21:
        packed->head.AuthData.CredData.ByteArrayLength = 5;
        break;
    case 22:
        packed->head.AuthData.CredData.ByteArrayOffset += 0x10000;
        break;
    }
}

static void test_ex2_malformed(void)
{
    union identity id;
    int how;

    for (how = 0; how <= 22; how++) {
        winetest_push_context("spoilt %d", how);
        spoil(&id, how);
        refused(&id);
        winetest_pop_context();
    }
}

/* "SEC_WINNT_AUTH_IDENTITY_ANSI: credentials are in ANSI form"; the password of the packed
 * credentials stays Unicode ("SEC_WINNT_AUTH_DATA_PASSWORD structure": UnicodePassword). Texts need
 * no alignment in a block. */
static void test_ex2_ansi(void)
{
    union identity id;
    ULONG at_ = 1;
    SECURITY_STATUS status;

    make_identity(&id, FORM_EX2, L"", L"", L"Wonder-Land1");
    at_ = id.ex2.cbStructureLength + 1; /* odd */
    put_ex2(id.room, &at_, "alice", 5, &id.ex2.UserOffset, &id.ex2.UserLength);
    at_ -= 1;
    put_ex2(id.room, &at_, "Dom", 3, &id.ex2.DomainOffset, &id.ex2.DomainLength);
    id.ex2.cbStructureLength = at_;
    id.ex2.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    status = log_in(&id);
    ok(status == SEC_E_OK, "%08lx\n", status);
    ok(!wcscmp(sent.user, L"alice") && !wcscmp(sent.domain, L"Dom"), "%ls of %ls\n", sent.user,
            sent.domain);
    make_identity(&id, FORM_EX2, L"", L"", L"Wonder-Land1");
    at_ = id.ex2.cbStructureLength + 1;
    put_ex2(id.room, &at_, L"alice", 10, &id.ex2.UserOffset, &id.ex2.UserLength);
    id.ex2.cbStructureLength = at_;
    status = log_in(&id);
    ok(status == SEC_E_OK, "an odd offset: %08lx\n", status);
    ok(!wcscmp(sent.user, L"alice"), "%ls\n", sent.user);
}

/* What "SspiEncodeStringsAsAuthIdentity", "SspiMarshalAuthIdentity", "SspiUnmarshalAuthIdentity"
 * and "SspiCopyAuthIdentity" make is for AcquireCredentialsHandle. */
static void test_made(void)
{
#define SSPI(name) (void *)GetProcAddress(GetModuleHandleA("secur32.dll"), "Sspi" name)
    SECURITY_STATUS(WINAPI * encode)
    (const WCHAR *, const WCHAR *, const WCHAR *, void **) = SSPI("EncodeStringsAsAuthIdentity");
    SECURITY_STATUS(WINAPI * marshal)(void *, ULONG *, char **) = SSPI("MarshalAuthIdentity");
    SECURITY_STATUS(WINAPI * unmarshal)(ULONG, char *, void **) = SSPI("UnmarshalAuthIdentity");
    SECURITY_STATUS(WINAPI * copy)(void *, void **) = SSPI("CopyAuthIdentity");
    void(WINAPI * release)(void *) = SSPI("FreeAuthIdentity");
    void(WINAPI * local_free)(void *) = SSPI("LocalFree");
    void *made = NULL, *back = NULL, *again = NULL;
    SECURITY_STATUS status;
    ULONG size;
    char *flat;

    ok(encode(NON_ASCII, L"Welt", NON_ASCII_PASSWORD, &made) == SEC_E_OK, "encode\n");
    ok(marshal(made, &size, &flat) == SEC_E_OK, "marshal\n");
    ok(unmarshal(size, flat, &back) == SEC_E_OK, "unmarshal\n");
    ok(copy(back, &again) == SEC_E_OK, "copy\n");
    status = log_in(made);
    ok(status == SEC_E_OK, "encoded: %08lx\n", status);
    status = log_in(flat);
    ok(status == SEC_E_OK, "marshalled: %08lx\n", status);
    status = log_in(back);
    ok(status == SEC_E_OK, "unmarshalled: %08lx\n", status);
    status = log_in(again);
    ok(status == SEC_E_OK, "copied: %08lx\n", status);
    ok(!wcscmp(sent.user, NON_ASCII) && !wcscmp(sent.domain, L"Welt"), "%ls\n", sent.user);
    release(made);
    release(back);
    release(again);
    local_free(flat);
    ok(encode(NON_ASCII, L"Welt", L"another", &made) == SEC_E_OK, "encode\n");
    status = log_in(made);
    ok(status == SEC_E_LOGON_DENIED, "%08lx\n", status);
    release(made);
}

static void all_tests(void)
{
    test_upn();
    test_holes();
    test_longest();
    test_lengths_count();
    test_wild_lengths();
    test_flags_ignored();
    test_flags_none();
    test_flags_refused();
    test_flags_null();
    test_ex_length();
    test_ex2_malformed();
    test_ex2_ansi();
    test_made();
}

START_TEST(identity_forms)
{
    int i;

    if (!store_open())
        return;
    for (i = 0; i < 256; i++)
        longest[i] = L'a' + i % 26;
    store_write(more_accounts, ARRAY_SIZE(more_accounts), PRIVATE_FILE);
    as_both_packages(&package, all_tests);
    store_close();
}
