/* Key binding. [MS-CSSP] 3.1.5:
 *
 *   versions 2 to 4   client: the key
 *                     server: the key with 1 added to its first byte (no carry: 0xFF becomes 0)
 *   versions 5, 6     client: SHA-256("CredSSP Client-To-Server Binding Hash\0" | nonce | key)
 *                     server: SHA-256("CredSSP Server-To-Client Binding Hash\0" | nonce | key)
 *
 * The older form is what CVE-2018-0886 is about: key bytes chosen by an attacker get sealed by the
 * user.
 */
#include "keybinding.h"

#include <nettle/sha2.h>

#include "tsrequest.h"

enum { FIRST_HASHED_VERSION = 5 };

/* sizeof counts the NUL, and the NUL is hashed. */
static const char client_magic[] = "CredSSP Client-To-Server Binding Hash";
static const char server_magic[] = "CredSSP Server-To-Client Binding Hash";

static struct bytes magic_of(enum keybinding_direction direction)
{
    if (direction == KEYBINDING_CLIENT_TO_SERVER)
        return bytes_of(client_magic, sizeof client_magic);
    return bytes_of(server_magic, sizeof server_magic);
}

static enum status make_hash(
        struct bytes magic, struct bytes nonce, struct bytes key, struct blob *out)
{
    struct sha256_ctx sha;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&sha);
    sha256_update(&sha, magic.size, magic.data);
    sha256_update(&sha, nonce.size, nonce.data);
    sha256_update(&sha, key.size, key.data);
    sha256_digest(&sha, sizeof digest, digest);
    enum status s = blob_set(out, bytes_of(digest, sizeof digest));
    wipe(&sha, sizeof sha);
    wipe(digest, sizeof digest);
    return s;
}

static enum status make_plain(
        enum keybinding_direction direction, struct bytes key, struct blob *out)
{
    enum status s = blob_set(out, key);
    if (s == ST_OK && direction == KEYBINDING_SERVER_TO_CLIENT)
        out->data[0] = (uint8_t)(out->data[0] + 1);
    return s;
}

enum status keybinding_make(uint32_t version, enum keybinding_direction direction,
        struct bytes nonce, struct bytes key, struct blob *out)
{
    if (!key.size)
        return ST_BAD_ARGUMENT;
    if (version < FIRST_HASHED_VERSION)
        return make_plain(direction, key, out);
    if (nonce.size != TSREQUEST_NONCE_SIZE)
        return ST_BAD_ARGUMENT;
    return make_hash(magic_of(direction), nonce, key, out);
}
