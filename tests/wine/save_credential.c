/* save_credential TARGET USER PASSWORD: a domain credential for Credential Manager, as cmdkey /add
 * makes it (Wine has no cmdkey). For test accounts: a command line is no secret. */
#include <stdio.h>
#include <windows.h>
#include <wincred.h>

int wmain(int count, WCHAR **arguments)
{
    CREDENTIALW c = {0};

    if (count != 4)
        return 2;
    c.Type = CRED_TYPE_DOMAIN_PASSWORD;
    c.Persist = CRED_PERSIST_LOCAL_MACHINE;
    c.TargetName = arguments[1];
    c.UserName = arguments[2];
    c.CredentialBlob = (BYTE *)arguments[3];
    c.CredentialBlobSize = (DWORD)(wcslen(arguments[3]) * sizeof(WCHAR));
    if (CredWriteW(&c, 0))
        return 0;
    fprintf(stderr, "CredWrite: %lu\n", GetLastError());
    return 1;
}
