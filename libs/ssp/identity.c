/* Every SEC_WINNT_AUTH_IDENTITY form as one: plain A and W, EX A and W, EX2.
 *
 * The forms are told apart by their first ULONG: 0x200 is EX, 0x201 is EX2; anything else is the
 * low half of a plain form's User pointer ("SEC_WINNT_AUTH_IDENTITY_INFO", sspi.h). A plain one
 * whose pointer happens to end in these bits is unlikely enough that the SSPI itself lives with it.
 */
#include "ssp/ssp.h"
#include "base/reader.h"

enum {
    LONGEST = 32767, /* units of one member; more is a wild length */
    ENCRYPTED = SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED |
                SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED |
                SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED |
                SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED,
};

struct member {
    const void *text;
    ULONG length; /* units of the member's encoding */
};

static SECURITY_STATUS set_unicode(struct blob *out, struct bytes utf16)
{
    return blob_set(out, utf16) == ST_OK ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS set_ansi(struct blob *out, struct member m)
{
    int units = MultiByteToWideChar(CP_ACP, 0, m.text, (int)m.length, NULL, 0);
    SIZE_T size = (SIZE_T)units * sizeof(WCHAR);
    WCHAR *wide = mem_alloc(size);
    SECURITY_STATUS status;

    if (!wide)
        return SEC_E_INSUFFICIENT_MEMORY;
    MultiByteToWideChar(CP_ACP, 0, m.text, (int)m.length, wide, units);
    status = set_unicode(out, bytes_of(wide, size));
    mem_free(wide, size);
    return status;
}

/* HAS may be NULL. */
static SECURITY_STATUS set_member(struct blob *out, BOOL *has, struct member m, ULONG flags)
{
    if (has)
        *has = m.text != NULL;
    if (m.length > LONGEST || (!m.text && m.length))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!m.length)
        return SEC_E_OK;
    if (flags & SEC_WINNT_AUTH_IDENTITY_ANSI)
        return set_ansi(out, m);
    return set_unicode(out, bytes_of(m.text, m.length * sizeof(WCHAR)));
}

static SECURITY_STATUS set_members(struct ssp_identity *id, struct member user,
        struct member domain, struct member password, struct member package_list, ULONG flags)
{
    SECURITY_STATUS status;

    if (flags & ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    status = set_member(&id->user, &id->has_user, user, flags);
    if (status == SEC_E_OK)
        status = set_member(&id->domain, &id->has_domain, domain, flags);
    if (status == SEC_E_OK)
        status = set_member(&id->password, &id->has_password, password, flags);
    if (status == SEC_E_OK)
        status = set_member(&id->package_list, NULL, package_list, flags);
    id->flags = flags & ~(ULONG)(SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE);
    return status;
}

/* A and W have the same layout; the flags say which it is. */
static SECURITY_STATUS parse_plain(const SEC_WINNT_AUTH_IDENTITY_W *from, struct ssp_identity *id)
{
    return set_members(id, (struct member){from->User, from->UserLength},
            (struct member){from->Domain, from->DomainLength},
            (struct member){from->Password, from->PasswordLength}, (struct member){NULL, 0},
            from->Flags);
}

static SECURITY_STATUS parse_ex(const SEC_WINNT_AUTH_IDENTITY_EXW *from, struct ssp_identity *id)
{
    if (from->Length < sizeof *from)
        return SEC_E_UNKNOWN_CREDENTIALS;
    return set_members(id, (struct member){from->User, from->UserLength},
            (struct member){from->Domain, from->DomainLength},
            (struct member){from->Password, from->PasswordLength},
            (struct member){from->PackageList, from->PackageListLength}, from->Flags);
}

/* SEC_WINNT_AUTH_PACKED_CREDENTIALS: header length, structure length, credential type, then offset
 * (from here) and length of the data; for the password type the data is the text. Other types
 * (certificate, smart card, FIDO) are not passwords: SEC_E_UNKNOWN_CREDENTIALS. */
static SECURITY_STATUS packed_password(struct bytes packed, struct bytes *password)
{
    struct reader r = reader_on(packed);
    struct bytes type;
    uint32_t offset;
    uint16_t header, size;

    header = reader_u16le(&r);
    reader_u16le(&r);
    type = reader_bytes(&r, sizeof(GUID));
    offset = reader_u32le(&r);
    size = reader_u16le(&r);
    *password = reader_field(&r, offset, size);
    if (!reader_ok(&r) || header < sizeof(SEC_WINNT_AUTH_PACKED_CREDENTIALS) ||
            size % sizeof(WCHAR) ||
            !bytes_equal(type, bytes_of(&SEC_WINNT_AUTH_DATA_TYPE_PASSWORD, sizeof(GUID))))
        return SEC_E_UNKNOWN_CREDENTIALS;
    return SEC_E_OK;
}

static struct member field(struct reader *r, ULONG offset, USHORT length)
{
    struct bytes b = reader_field(r, offset, length);
    struct member m = {
            offset ? (b.size ? (const void *)b.data : L"") : NULL, (ULONG)(b.size / sizeof(WCHAR))};

    if (length % sizeof(WCHAR))
        reader_fail(r);
    return m;
}

static SECURITY_STATUS parse_ex2(const SEC_WINNT_AUTH_IDENTITY_EX2 *from, struct ssp_identity *id)
{
    struct reader r = reader_on(bytes_of(from, from->cbStructureLength));
    struct member user, domain, list, secret = {NULL, 0};
    struct bytes packed, password = {0};
    SECURITY_STATUS status;

    if (from->cbHeaderLength < sizeof *from || from->cbStructureLength < from->cbHeaderLength ||
            from->cbStructureLength > 0x40000 || (from->Flags & SEC_WINNT_AUTH_IDENTITY_ANSI))
        return SEC_E_UNKNOWN_CREDENTIALS;
    user = field(&r, from->UserOffset, from->UserLength);
    domain = field(&r, from->DomainOffset, from->DomainLength);
    list = field(&r, from->PackageListOffset, from->PackageListLength);
    packed = reader_field(&r, from->PackedCredentialsOffset, from->PackedCredentialsLength);
    if (!reader_ok(&r))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (packed.size) {
        status = packed_password(packed, &password);
        if (status != SEC_E_OK)
            return status;
        secret.text = password.size ? (const void *)password.data : L"";
        secret.length = (ULONG)(password.size / sizeof(WCHAR));
    }
    return set_members(id, user, domain, secret, list, from->Flags);
}

static SECURITY_STATUS parse_any(const void *auth_data, struct ssp_identity *id)
{
    switch (*(const ULONG *)auth_data) {
    case SEC_WINNT_AUTH_IDENTITY_VERSION:
        return parse_ex(auth_data, id);
    case SEC_WINNT_AUTH_IDENTITY_VERSION_2:
        return parse_ex2(auth_data, id);
    default:
        return parse_plain(auth_data, id);
    }
}

SECURITY_STATUS ssp_identity_parse(const void *auth_data, struct ssp_identity *identity)
{
    SECURITY_STATUS status;

    memset(identity, 0, sizeof *identity);
    if (!auth_data)
        return SEC_E_OK;
    status = parse_any(auth_data, identity);
    /* One that names nobody only restricts the packages ("SEC_WINNT_AUTH_IDENTITY_EX structure"):
     * the default credentials, not a user whose name and password are empty. */
    identity->given = identity->has_user || identity->has_domain || identity->has_password;
    if (status != SEC_E_OK) {
        log_warn("ssp",
                "identity not understood (first word %#lx): wrong lengths, encrypted, or not a "
                "password",
                *(const ULONG *)auth_data);
        ssp_identity_free(identity);
    }
    return status;
}

void ssp_identity_free(struct ssp_identity *identity)
{
    blob_free(&identity->user);
    blob_free(&identity->domain);
    blob_free(&identity->password);
    blob_free(&identity->package_list);
    memset(identity, 0, sizeof *identity);
}
