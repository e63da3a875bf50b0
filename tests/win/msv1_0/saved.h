/* Writing to Credential Manager, and forgetting it all again. */
#ifndef TESTS_WIN_SAVED_H
#define TESTS_WIN_SAVED_H

#include "../sspi_test.h"
#include <wincred.h>

static struct {
    WCHAR target[100];
    DWORD type;
} saved[40];
static int saved_count;

static void save_blob(CREDENTIALW *c, DWORD type, const WCHAR *target, const WCHAR *user,
        const void *blob, DWORD size)
{
    c->Type = type;
    c->TargetName = (WCHAR *)target;
    c->UserName = (WCHAR *)user;
    c->CredentialBlob = (BYTE *)blob;
    c->CredentialBlobSize = size;
    if (!c->Persist)
        c->Persist = CRED_PERSIST_LOCAL_MACHINE;
    ok(CredWriteW(c, 0), "saving %ls: %lu\n", target, GetLastError());
    wcscpy(saved[saved_count].target, target);
    saved[saved_count++].type = type;
}

/* C: what else it has. The blob is the password without a NUL. */
static void save_more(CREDENTIALW *c, DWORD type, const WCHAR *target, const WCHAR *user,
        const WCHAR *password)
{
    save_blob(c, type, target, user, password, wcslen(password) * sizeof(WCHAR));
}

static void save_persisting(DWORD type, const WCHAR *target, const WCHAR *user,
        const WCHAR *password, DWORD persist)
{
    CREDENTIALW c = {0};

    c.Persist = persist;
    save_more(&c, type, target, user, password);
}

static void save(DWORD type, const WCHAR *target, const WCHAR *user, const WCHAR *password)
{
    save_persisting(type, target, user, password, CRED_PERSIST_LOCAL_MACHINE);
}

/* A blob that is no UTF-16. */
static void save_odd(const WCHAR *target, const WCHAR *user)
{
    CREDENTIALW c = {0};

    save_blob(&c, CRED_TYPE_DOMAIN_PASSWORD, target, user, "odd", 3);
}

static void forget(void)
{
    while (saved_count) {
        saved_count--;
        ok(CredDeleteW(saved[saved_count].target, saved[saved_count].type, 0), "%ls: %lu\n",
                saved[saved_count].target, GetLastError());
    }
}

#endif
