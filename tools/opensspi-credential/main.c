/* opensspi-credential: what Credential Manager has saved for servers; Wine has no cmdkey. */
#include <stdio.h>
#include <windows.h>
#include <wincred.h>
#include "base/utf16.h"
#include "ssp/ask.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int usage(void)
{
    fprintf(stderr,
            "opensspi-credential " OPENSSPI_VERSION ": saved credentials for logins to servers\n"
            "  opensspi-credential add TARGET USER   a new one, or a new password\n"
            "  opensspi-credential remove TARGET\n"
            "  opensspi-credential list\n"
            "TARGET is a host, TERMSRV/host, *.example.com, example.com\\*, or * for every server; "
            "USER is\n"
            "DOMAIN\\user, user@domain or user. add asks for the password, or reads one line of "
            "UTF-8 if\n"
            "the input is no console.\n");
    return EXIT_USAGE;
}

static const char *printable(const WCHAR *s, char *out, size_t size)
{
    return utf16_printable(bytes_of(s, s ? wcslen(s) * sizeof *s : 0), out, size);
}

static int result(BOOL done, const WCHAR *target)
{
    char name[400];

    printable(target, name, sizeof name);
    if (done) {
        printf("done: %s\n", name);
        return EXIT_DONE;
    }
    if (GetLastError() == ERROR_NOT_FOUND)
        fprintf(stderr, "opensspi-credential: nothing is saved for %s\n", name);
    else
        fprintf(stderr, "opensspi-credential: %s is unchanged: error %lu\n", name, GetLastError());
    return EXIT_FAILED;
}

static int add(WCHAR *target, WCHAR *user)
{
    CREDENTIALW c = {.Type = CRED_TYPE_DOMAIN_PASSWORD,
            .Persist = CRED_PERSIST_LOCAL_MACHINE,
            .TargetName = target,
            .UserName = user};
    struct blob password = {0};
    int code = EXIT_FAILED;

    if (!*target || !*user || ask_password(&password) != ST_OK || !password.size ||
            password.size > CRED_MAX_CREDENTIAL_BLOB_SIZE) {
        fprintf(stderr,
                "opensspi-credential: a name may not be empty, and a password is one line of 1 to "
                "%u units\n",
                (unsigned)(CRED_MAX_CREDENTIAL_BLOB_SIZE / sizeof(WCHAR)));
    } else {
        c.CredentialBlob = password.data;
        c.CredentialBlobSize = (DWORD)password.size;
        code = result(CredWriteW(&c, 0), target);
    }
    blob_free(&password);
    return code;
}

/* Names only; the passwords that come along are wiped. */
static int list(void)
{
    PCREDENTIALW *all;
    DWORD count;
    char target[400], user[600];

    if (!CredEnumerateW(NULL, 0, &count, &all))
        return GetLastError() == ERROR_NOT_FOUND ? EXIT_DONE : result(FALSE, L"");
    for (DWORD i = 0; i < count; i++) {
        if (all[i]->CredentialBlobSize)
            wipe(all[i]->CredentialBlob, all[i]->CredentialBlobSize);
        if (all[i]->Type == CRED_TYPE_DOMAIN_PASSWORD || all[i]->Type == CRED_TYPE_GENERIC)
            printf("%s\t%s%s\n", printable(all[i]->TargetName, target, sizeof target),
                    printable(all[i]->UserName, user, sizeof user),
                    all[i]->Type == CRED_TYPE_GENERIC ? "\tgeneric" : "");
    }
    CredFree(all);
    return EXIT_DONE;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *verb = argc > 1 ? argv[1] : L"";

    if (argc == 4 && !wcscmp(verb, L"add"))
        return add(argv[2], argv[3]);
    if (argc == 3 && !wcscmp(verb, L"remove"))
        return result(CredDeleteW(argv[2], CRED_TYPE_DOMAIN_PASSWORD, 0), argv[2]);
    if (argc == 2 && !wcscmp(verb, L"list"))
        return list();
    return usage();
}
