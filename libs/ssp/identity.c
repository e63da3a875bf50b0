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
    BOOL ansi;
};

struct members {
    struct member user, domain, password, package_list;
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
static SECURITY_STATUS set_member(struct blob *out, BOOL *has, struct member m)
{
    if (has)
        *has = m.text != NULL;
    if (m.length > LONGEST || (!m.text && m.length))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!m.length)
        return SEC_E_OK;
    if (m.ansi)
        return set_ansi(out, m);
    return set_unicode(out, bytes_of(m.text, m.length * sizeof(WCHAR)));
}

/* ..._FLAGS_NULL_USER, _NULL_DOMAIN (sspi.h): that member is NULL, not empty. That it has a text
 * all the same cannot be (?). */
static SECURITY_STATUS flag_nulls(struct members *m, ULONG flags)
{
    struct member null = {NULL, 0, FALSE};

    if (flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER) {
        if (m->user.length)
            return SEC_E_UNKNOWN_CREDENTIALS;
        m->user = null;
    }
    if (flags & SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN) {
        if (m->domain.length)
            return SEC_E_UNKNOWN_CREDENTIALS;
        m->domain = null;
    }
    return SEC_E_OK;
}

static SECURITY_STATUS set_members(struct ssp_identity *id, struct members m, ULONG flags)
{
    SECURITY_STATUS status = flag_nulls(&m, flags);

    if (flags & ENCRYPTED)
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (status == SEC_E_OK)
        status = set_member(&id->user, &id->has_user, m.user);
    if (status == SEC_E_OK)
        status = set_member(&id->domain, &id->has_domain, m.domain);
    if (status == SEC_E_OK)
        status = set_member(&id->password, &id->has_password, m.password);
    if (status == SEC_E_OK)
        status = set_member(&id->package_list, NULL, m.package_list);
    id->flags = flags & ~(ULONG)(SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE);
    return status;
}

static BOOL is_ansi(ULONG flags)
{
    return (flags & SEC_WINNT_AUTH_IDENTITY_ANSI) != 0;
}

/* A and W have the same layout; the flags say which it is. */
static SECURITY_STATUS parse_plain(const SEC_WINNT_AUTH_IDENTITY_W *from, struct ssp_identity *id)
{
    BOOL ansi = is_ansi(from->Flags);
    struct members m = {
            .user = {from->User, from->UserLength, ansi},
            .domain = {from->Domain, from->DomainLength, ansi},
            .password = {from->Password, from->PasswordLength, ansi},
    };

    return set_members(id, m, from->Flags);
}

static SECURITY_STATUS parse_ex(const SEC_WINNT_AUTH_IDENTITY_EXW *from, struct ssp_identity *id)
{
    BOOL ansi;

    if (from->Length < sizeof *from)
        return SEC_E_UNKNOWN_CREDENTIALS;
    ansi = is_ansi(from->Flags);
    struct members m = {
            .user = {from->User, from->UserLength, ansi},
            .domain = {from->Domain, from->DomainLength, ansi},
            .password = {from->Password, from->PasswordLength, ansi},
            .package_list = {from->PackageList, from->PackageListLength, ansi},
    };
    return set_members(id, m, from->Flags);
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

/* LENGTH in bytes. */
static struct member text_of(const void *text, size_t length, BOOL ansi)
{
    struct member m = {length ? text : L"", (ULONG)(ansi ? length : length / sizeof(WCHAR)), ansi};

    return m;
}

static struct member field(struct reader *r, ULONG offset, USHORT length, BOOL ansi)
{
    struct bytes b = reader_field(r, offset, length);
    struct member none = {NULL, 0, ansi};

    if (!ansi && length % sizeof(WCHAR))
        reader_fail(r);
    return offset ? text_of(b.data, b.size, ansi) : none;
}

/* Lengths are in bytes. The password is UTF-16LE even if the names are ANSI
 * ("SEC_WINNT_AUTH_DATA_PASSWORD structure", UnicodePassword). */
static SECURITY_STATUS parse_ex2(const SEC_WINNT_AUTH_IDENTITY_EX2 *from, struct ssp_identity *id)
{
    struct reader r = reader_on(bytes_of(from, from->cbStructureLength));
    BOOL ansi = is_ansi(from->Flags);
    struct members m = {0};
    struct bytes packed, password = {0};
    SECURITY_STATUS status;

    if (from->cbHeaderLength < sizeof *from || from->cbStructureLength < from->cbHeaderLength ||
            from->cbStructureLength > 0x40000)
        return SEC_E_UNKNOWN_CREDENTIALS;
    m.user = field(&r, from->UserOffset, from->UserLength, ansi);
    m.domain = field(&r, from->DomainOffset, from->DomainLength, ansi);
    m.package_list = field(&r, from->PackageListOffset, from->PackageListLength, ansi);
    packed = reader_field(&r, from->PackedCredentialsOffset, from->PackedCredentialsLength);
    if (!reader_ok(&r))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (packed.size) {
        status = packed_password(packed, &password);
        if (status != SEC_E_OK)
            return status;
        m.password = text_of(password.data, password.size, FALSE);
    }
    return set_members(id, m, from->Flags);
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
