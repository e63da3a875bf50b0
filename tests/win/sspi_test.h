/* What the programs of tests/win share: headers, the A or W choice, an identity in every form.
 *
 * Expectations hold on Windows as well: each names its source: a page of Microsoft's documentation by
 * its title, a section of an open specification, or one of Wine's conformance tests ("Wine's ntlm.c":
 * dlls/secur32/tests of Wine 10), which run on Windows. What only opensspi has (the account store, the log, private attributes) is
 * tested where secur32.dll says that it is opensspi's.
 */
#ifndef TESTS_WIN_SSPI_TEST_H
#define TESTS_WIN_SSPI_TEST_H

#include <stddef.h>
#include <stdio.h>
#include <windows.h>
#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
#define SCHANNEL_USE_BLACKLISTS
#define _SEC_WINNT_AUTH_TYPES
#include <subauth.h>
#include <security.h>
#include <schannel.h>
#include <wincrypt.h>
#include <ntsecapi.h>
#include "ssp/sspi_more.h" /* public constants that mingw-w64 lacks */
#include "wine/test.h"

#define STALE 0x7e57 /* what outputs hold before a call that must not touch them */

/* TRUE: the secur32.dll of this process is ours, by its version resource. */
static BOOL is_opensspi(void)
{
    static int answer = -1;
    BYTE info[4096];
    char path[MAX_PATH], *product = NULL;
    UINT size;
    DWORD(WINAPI * get_info)(const char *, DWORD, DWORD, void *);
    BOOL(WINAPI * query)(const void *, const char *, void **, UINT *);
    HMODULE version = LoadLibraryA("version.dll");

    if (answer >= 0)
        return answer;
    get_info = (void *)GetProcAddress(version, "GetFileVersionInfoA");
    query = (void *)GetProcAddress(version, "VerQueryValueA");
    GetModuleFileNameA(GetModuleHandleA("secur32.dll"), path, sizeof(path));
    answer = get_info(path, 0, sizeof(info), info) &&
             query(info, "\\StringFileInfo\\040904B0\\ProductName", (void **)&product, &size) &&
             !strcmp(product, "opensspi");
    return answer;
}

/* ---- every W test runs as A too ---- */

static BOOL ansi;

static void as_w_and_a(void (*test)(void))
{
    for (ansi = FALSE; ansi <= TRUE; ansi++) {
        winetest_push_context(ansi ? "A" : "W");
        test();
        winetest_pop_context();
    }
    ansi = FALSE;
}

/* The same for NTLM and for Negotiate, whose name *PACKAGE is meanwhile. */
static void as_both_packages(const WCHAR **package, void (*test)(void))
{
    static const WCHAR *const names[] = {L"NTLM", L"Negotiate"};
    int i;

    for (i = 0; i < 2; i++) {
        *package = names[i];
        winetest_push_context("%ls", names[i]);
        as_w_and_a(test);
        winetest_pop_context();
    }
}

/* In one of a few static buffers: as far as a call needs it. */
static char *narrow(const WCHAR *text)
{
    static char buffers[8][600];
    static LONG next;
    char *out = buffers[(DWORD)InterlockedIncrement(&next) % 8];
    if (!text)
        return NULL;
    WideCharToMultiByte(CP_ACP, 0, text, -1, out, 600, NULL, NULL);
    return out;
}

/* The code page of the machine can say it: else an A test of it means nothing. */
static BOOL narrow_holds(const WCHAR *text)
{
    WCHAR back[600];
    MultiByteToWideChar(CP_ACP, 0, narrow(text), -1, back, 600);
    return !wcscmp(text, back);
}

static SECURITY_STATUS acquire_as(const WCHAR *principal, const WCHAR *package, ULONG use,
        const LUID *logon_id, const void *identity, CredHandle *credential, TimeStamp *expiry)
{
    if (ansi)
        return AcquireCredentialsHandleA(narrow(principal), narrow(package), use, (void *)logon_id,
                (void *)identity, NULL, NULL, credential, expiry);
    return AcquireCredentialsHandleW((WCHAR *)principal, (WCHAR *)package, use, (void *)logon_id,
            (void *)identity, NULL, NULL, credential, expiry);
}

static SECURITY_STATUS acquire(const WCHAR *package, ULONG use, const void *identity,
        CredHandle *credential, TimeStamp *expiry)
{
    return acquire_as(NULL, package, use, NULL, identity, credential, expiry);
}

static SECURITY_STATUS initialize(CredHandle *credential, CtxtHandle *context, const WCHAR *target,
        ULONG request, SecBufferDesc *in, CtxtHandle *new_context, SecBufferDesc *out,
        ULONG *attributes, TimeStamp *expiry)
{
    if (ansi)
        return InitializeSecurityContextA(credential, context, narrow(target), request, 0,
                SECURITY_NATIVE_DREP, in, 0, new_context, out, attributes, expiry);
    return InitializeSecurityContextW(credential, context, (WCHAR *)target, request, 0,
            SECURITY_NATIVE_DREP, in, 0, new_context, out, attributes, expiry);
}

static SECURITY_STATUS query(CtxtHandle *context, ULONG attribute, void *buffer)
{
    return ansi ? QueryContextAttributesA(context, attribute, buffer)
                : QueryContextAttributesW(context, attribute, buffer);
}

/* A string member of a query's result, of either kind, as WCHAR; freed. */
static void take_text(void *text, WCHAR *out, int units)
{
    out[0] = 0;
    if (!text)
        return;
    if (ansi)
        MultiByteToWideChar(CP_ACP, 0, text, -1, out, units);
    else
        lstrcpynW(out, text, units);
    FreeContextBuffer(text);
}

static void names_of(CtxtHandle *context, WCHAR *out, int units)
{
    SecPkgContext_NamesW names = {NULL};
    SECURITY_STATUS status = query(context, SECPKG_ATTR_NAMES, &names);
    ok(status == SEC_E_OK, "names: %08lx\n", status);
    take_text(names.sUserName, out, units);
}

/* ---- identities: "SEC_WINNT_AUTH_IDENTITY", "..._EX", "..._EX2" of sspi.h ---- */

enum form { FORM_PLAIN, FORM_ANSI, FORM_EX, FORM_EX_ANSI, FORM_EX2, FORMS };
static const char *const form_names[] = {"W", "A", "EX W", "EX A", "EX2"};

union identity {
    SEC_WINNT_AUTH_IDENTITY_W plain;
    SEC_WINNT_AUTH_IDENTITY_EXW ex;
    SEC_WINNT_AUTH_IDENTITY_EX2 ex2;
    BYTE room[2000];
};

static void put_ex2(
        BYTE *block, ULONG *at, const void *data, ULONG size, ULONG *offset, USHORT *length)
{
    memcpy(block + *at, data, size);
    *offset = *at;
    *length = (USHORT)size;
    *at += (size + 7) & ~7u;
}

struct packed_password {
    SEC_WINNT_AUTH_PACKED_CREDENTIALS head;
    WCHAR text[100];
};

static void make_ex2(
        union identity *id, const WCHAR *user, const WCHAR *domain, const WCHAR *password)
{
    const USHORT text_at = offsetof(struct packed_password, text);
    struct packed_password packed = {{0}};
    SEC_WINNT_AUTH_IDENTITY_EX2 *e = &id->ex2;
    ULONG at = sizeof(*e), size = wcslen(password) * sizeof(WCHAR);

    e->Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2;
    e->cbHeaderLength = sizeof(*e);
    e->Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    put_ex2(id->room, &at, user, wcslen(user) * sizeof(WCHAR), &e->UserOffset, &e->UserLength);
    put_ex2(id->room, &at, domain, wcslen(domain) * sizeof(WCHAR), &e->DomainOffset,
            &e->DomainLength);
    packed.head.cbHeaderLength = sizeof(packed.head);
    packed.head.cbStructureLength = (USHORT)(text_at + size);
    packed.head.AuthData.CredType = SEC_WINNT_AUTH_DATA_TYPE_PASSWORD;
    packed.head.AuthData.CredData.ByteArrayOffset = text_at;
    packed.head.AuthData.CredData.ByteArrayLength = (USHORT)size;
    memcpy(packed.text, password, size);
    put_ex2(id->room, &at, &packed, packed.head.cbStructureLength, &e->PackedCredentialsOffset,
            &e->PackedCredentialsLength);
    e->cbStructureLength = at;
}

static void *make_identity(union identity *id, enum form form, const WCHAR *user,
        const WCHAR *domain, const WCHAR *password)
{
    BOOL a = form == FORM_ANSI || form == FORM_EX_ANSI;
    void *texts[3] = {(void *)user, (void *)domain, (void *)password};
    ULONG lengths[3], flags = a ? SEC_WINNT_AUTH_IDENTITY_ANSI : SEC_WINNT_AUTH_IDENTITY_UNICODE;
    int i;

    memset(id, 0, sizeof(*id));
    if (form == FORM_EX2) {
        make_ex2(id, user, domain, password);
        return id;
    }
    for (i = 0; i < 3; i++) {
        lengths[i] = !texts[i] ? 0 : a ? strlen(narrow(texts[i])) : wcslen(texts[i]);
        texts[i] = a ? narrow(texts[i]) : texts[i];
    }
    if (form == FORM_EX || form == FORM_EX_ANSI)
        id->ex = (SEC_WINNT_AUTH_IDENTITY_EXW){SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(id->ex),
                texts[0], lengths[0], texts[1], lengths[1], texts[2], lengths[2], flags, NULL, 0};
    else
        id->plain = (SEC_WINNT_AUTH_IDENTITY_W){
                texts[0], lengths[0], texts[1], lengths[1], texts[2], lengths[2], flags};
    return id;
}

/* One buffer descriptor in an expression. */
#define DESC(array) ((SecBufferDesc){SECBUFFER_VERSION, ARRAY_SIZE(array), (array)})

#endif
