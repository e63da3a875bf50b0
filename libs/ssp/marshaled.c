/* A user name that is none: CredMarshalCredential puts a reference to a certificate into one, and the
 * password beside it is then the key's PIN. Whoever took it for a name would send a proof of the PIN
 * to the server, and CredSSP the PIN itself. "CredMarshalCredential", "CredIsMarshaledCredential",
 * "CRED_MARSHAL_TYPE enumeration".
 *
 * CredIsMarshaledCredentialW decides; Wine's knows two of the five types. The others are blobs (a
 * Windows Hello key is one), laid out as UsernameTargetCredential is (?): what has that form is refused. */
#include "ssp/ssp.h"
#include <wincred.h>

enum { PREFIX = 3, COUNT = 6 }; /* "@@" and the type; six digits of 6 bits, the least first */
enum { FIRST_BLOB = 3, LAST_BLOB = 5 }; /* BinaryBlobCredential, BinaryBlobForSystem */

static int digit(WCHAR c)
{
    static const WCHAR digits[] = L"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#-";
    const WCHAR *found = c ? wcschr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* A number of bytes, and digits for so many. */
static BOOL is_blob(const WCHAR *name)
{
    int type = digit(name[2]);
    size_t length = wcslen(name);
    uint64_t count = 0;

    if (type < FIRST_BLOB || type > LAST_BLOB || length < PREFIX + COUNT)
        return FALSE;
    for (size_t i = PREFIX; i < length; i++)
        if (digit(name[i]) < 0)
            return FALSE;
    for (size_t i = COUNT; i--;)
        count = count << 6 | (uint64_t)digit(name[PREFIX + i]);
    return (count * 8 + 5) / 6 == length - PREFIX - COUNT;
}

BOOL ssp_is_marshaled(const WCHAR *name)
{
    return name[0] == '@' && name[1] == '@' && (CredIsMarshaledCredentialW(name) || is_blob(name));
}

static SECURITY_STATUS check_user(struct bytes user)
{
    WCHAR *name = user.size ? ssp_heap_text(user) : NULL;
    BOOL marshaled = name && ssp_is_marshaled(name);

    if (user.size && !name)
        return SEC_E_INSUFFICIENT_MEMORY;
    ssp_heap_free(name);
    if (!marshaled)
        return SEC_E_OK;
    log_warn("ssp", "the user name is a marshaled credential (a certificate's, say), and nothing here logs in with one");
    return SEC_E_UNKNOWN_CREDENTIALS;
}

SECURITY_STATUS ssp_identity_of_login(const void *auth_data, struct ssp_identity *identity)
{
    SECURITY_STATUS status = ssp_identity_parse(auth_data, identity);

    if (status == SEC_E_OK)
        status = check_user(blob_view(&identity->user));
    if (status != SEC_E_OK)
        ssp_identity_free(identity);
    return status;
}
