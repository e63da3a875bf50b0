/* Validating, comparing, restricting and marshalling identities. */
#include "identity.h"

SECURITY_STATUS WINAPI SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    struct ssp_identity id;
    SECURITY_STATUS status = identity_read(identity, &id);

    ssp_identity_free(&id);
    return status;
}

static BOOL same_user(const struct ssp_identity *a, const struct ssp_identity *b)
{
    return utf16_equal_nocase(blob_view(&a->user), blob_view(&b->user)) &&
           utf16_equal_nocase(blob_view(&a->domain), blob_view(&b->domain));
}

/* Default credentials (NULL) equal default credentials. */
SECURITY_STATUS WINAPI SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE one,
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE other, PBOOLEAN same, PBOOLEAN identical)
{
    struct ssp_identity a, b = {0};
    SECURITY_STATUS status = ssp_identity_parse(one, &a);
    BOOLEAN user;

    if (status == SEC_E_OK)
        status = ssp_identity_parse(other, &b);
    if (status == SEC_E_OK) {
        user = a.given == b.given && same_user(&a, &b);
        if (same)
            *same = user;
        if (identical)
            *identical = user && secret_equal(blob_view(&a.password), blob_view(&b.password));
    }
    ssp_identity_free(&a);
    ssp_identity_free(&b);
    return status;
}

/* "SspiExcludePackage function": a copy whose package list has "!PACKAGE" as well. */
SECURITY_STATUS WINAPI SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, PCWSTR package,
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE *restricted)
{
    struct ssp_identity id;
    struct writer w = {0};
    SECURITY_STATUS status;

    if (!package || !*package || !restricted)
        return SEC_E_INVALID_PARAMETER;
    status = ssp_identity_parse(identity, &id);
    if (status != SEC_E_OK)
        return status;
    writer_bytes(&w, blob_view(&id.package_list));
    if (id.package_list.size)
        writer_u16le(&w, ',');
    writer_u16le(&w, '!');
    writer_bytes(&w, ssp_text(package));
    status = ssp_status(writer_finish(&w, &id.package_list));
    if (status == SEC_E_OK)
        status = identity_build(&id, restricted);
    ssp_identity_free(&id);
    return status;
}

/* ---- marshalled form: SEC_WINNT_AUTH_IDENTITY_EX2, which is one block by definition ---- */

static ULONG put(struct writer *w, BOOL has, struct bytes text)
{
    ULONG at = has ? (ULONG)writer_at(w) : 0;

    writer_bytes(w, text);
    return at;
}

static void put_packed(struct writer *w, struct bytes password)
{
    SEC_WINNT_AUTH_PACKED_CREDENTIALS packed = {
            .cbHeaderLength = sizeof packed,
            .cbStructureLength = (USHORT)(sizeof packed + password.size),
            .AuthData = {SEC_WINNT_AUTH_DATA_TYPE_PASSWORD, {sizeof packed, (USHORT)password.size}},
    };

    writer_bytes(w, bytes_of(&packed, sizeof packed));
    writer_bytes(w, password);
}

static enum status marshal(const struct ssp_identity *id, struct blob *out)
{
    SEC_WINNT_AUTH_IDENTITY_EX2 head = {
            .Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2,
            .cbHeaderLength = sizeof head,
            .Flags = id->flags | SEC_WINNT_AUTH_IDENTITY_UNICODE |
                     SEC_WINNT_AUTH_IDENTITY_MARSHALLED,
            .UserLength = (USHORT)id->user.size,
            .DomainLength = (USHORT)id->domain.size,
            .PackageListLength = (USHORT)id->package_list.size,
    };
    struct writer w = {0};

    if (id->user.size > 0xFFFF || id->domain.size > 0xFFFF || id->password.size > 0xFF00 ||
            id->package_list.size > 0xFFFF)
        return ST_BAD_ARGUMENT;
    writer_zeros(&w, sizeof head);
    head.UserOffset = put(&w, id->has_user, blob_view(&id->user));
    head.DomainOffset = put(&w, id->has_domain, blob_view(&id->domain));
    head.PackageListOffset = put(&w, id->package_list.size != 0, blob_view(&id->package_list));
    if (id->has_password) {
        head.PackedCredentialsOffset = (ULONG)writer_at(&w);
        put_packed(&w, blob_view(&id->password));
        head.PackedCredentialsLength = (USHORT)(writer_at(&w) - head.PackedCredentialsOffset);
    }
    head.cbStructureLength = (ULONG)writer_at(&w);
    writer_patch(&w, 0, bytes_of(&head, sizeof head));
    return writer_finish(&w, out);
}

SECURITY_STATUS WINAPI SspiMarshalAuthIdentity(
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity, unsigned __LONG32 *size, char **bytes)
{
    struct ssp_identity id;
    struct blob flat = {0};
    SECURITY_STATUS status = size && bytes ? identity_read(identity, &id) : SEC_E_INVALID_TOKEN;
    char *block;

    if (status != SEC_E_OK)
        return status;
    status = ssp_status(marshal(&id, &flat));
    ssp_identity_free(&id);
    if (status != SEC_E_OK)
        return status;
    block = ssp_heap_alloc(flat.size);
    if (block) {
        memcpy(block, flat.data, flat.size);
        *bytes = block;
        *size = (ULONG)flat.size;
    }
    blob_free(&flat);
    return block ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS WINAPI SspiUnmarshalAuthIdentity(
        unsigned __LONG32 size, char *bytes, PSEC_WINNT_AUTH_IDENTITY_OPAQUE *identity)
{
    SEC_WINNT_AUTH_IDENTITY_EX2 head;

    if (!bytes || !identity || size < sizeof head)
        return SEC_E_INVALID_TOKEN;
    memcpy(&head, bytes, sizeof head);
    if (head.Version != SEC_WINNT_AUTH_IDENTITY_VERSION_2 || head.cbStructureLength > size)
        return SEC_E_INVALID_TOKEN;
    return SspiCopyAuthIdentity(bytes, identity);
}

/* ---- encryption ----
 * Identities are not encrypted here: there is no LSA that could decrypt them for another process.
 * What is not encrypted is decrypted already. */

static BOOL is_encrypted(const SEC_WINNT_AUTH_IDENTITY_INFO *i)
{
    ULONG flags;

    if (!i)
        return FALSE;
    if (i->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2)
        flags = i->AuthIdEx2.Flags;
    else if (i->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION)
        flags = i->AuthIdExw.Flags;
    else
        flags = i->AuthId_w.Flags;
    return (flags & (SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED |
                            SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED |
                            SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED |
                            SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED)) != 0;
}

BOOLEAN WINAPI SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    return (BOOLEAN)is_encrypted(identity);
}

SECURITY_STATUS WINAPI SspiEncryptAuthIdentityEx(
        ULONG options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    (void)options;
    return identity ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_TOKEN;
}

SECURITY_STATUS WINAPI SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    return SspiEncryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, identity);
}

SECURITY_STATUS WINAPI SspiDecryptAuthIdentityEx(
        ULONG options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    (void)options;
    if (!identity)
        return SEC_E_INVALID_TOKEN;
    return is_encrypted(identity) ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
}

SECURITY_STATUS WINAPI SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE identity)
{
    return SspiDecryptAuthIdentityEx(SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON, identity);
}
