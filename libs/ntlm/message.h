/* The three messages: their fields as structs of views, one reader and one writer each.
 * [MS-NLMP] 2.2.1. The drawings are in negotiate.c, challenge.c and authenticate.c.
 *
 * Readers give ST_BAD_TOKEN and log why; the views live as long as the token. Writers give
 * ST_BAD_ARGUMENT for a field of more than 65,535 bytes, ST_NO_MEMORY. All numbers are LE.
 */
#ifndef NTLM_MESSAGE_H
#define NTLM_MESSAGE_H

#include "base/reader.h"
#include "base/writer.h"
#include "ntlm.h"

enum ntlm_message_type {
    NTLM_NEGOTIATE = 1,
    NTLM_CHALLENGE = 2,
    NTLM_AUTHENTICATE = 3,
};

/* Nothing real comes near: a token is at most a few KiB. Bounds what is copied and hashed. */
enum { NTLM_TOKEN_LIMIT = 0x10000 };

/* VERSION (2.2.2.10) as a little-endian number: 10.0 build 19041, NTLM revision 15. Always sent in
 * NEGOTIATE, because gss-ntlmssp refuses a NEGOTIATE of less than 40 bytes (1.2.0, seen). */
#define NTLM_VERSION 0x0F0000004A61000Aull

struct ntlm_negotiate {
    uint32_t flags;
    struct bytes domain, workstation; /* OEM, if supplied */
    uint64_t version;
};

struct ntlm_challenge {
    uint32_t flags;
    struct bytes target_name; /* UTF-16LE, or OEM if UNICODE is not in the flags */
    uint8_t server_challenge[NTLM_CHALLENGE_SIZE];
    struct bytes target_info; /* AV pairs; empty if the server sent none */
    uint64_t version;
};

struct ntlm_authenticate_message {
    uint32_t flags;
    struct bytes lm_response, nt_response;
    struct bytes domain, user, workstation; /* UTF-16LE or OEM, as the CHALLENGE decided */
    struct bytes encrypted_session_key;
    uint64_t version;
    bool has_mic; /* reader: the payload leaves room for one; writer: write 16 zeros for it */
    struct bytes mic;
};

/* Where the MIC is, when there is one. */
enum { NTLM_MIC_OFFSET = 72 };

MUST_USE enum status ntlm_negotiate_read(struct bytes token, struct ntlm_negotiate *m);
MUST_USE enum status ntlm_negotiate_write(const struct ntlm_negotiate *m, struct blob *token);
MUST_USE enum status ntlm_challenge_read(struct bytes token, struct ntlm_challenge *m);
MUST_USE enum status ntlm_challenge_write(const struct ntlm_challenge *m, struct blob *token);
MUST_USE enum status ntlm_authenticate_read(
        struct bytes token, struct ntlm_authenticate_message *m);
MUST_USE enum status ntlm_authenticate_write(
        const struct ntlm_authenticate_message *m, struct blob *token);

/* HMAC_MD5(ExportedSessionKey, NEGOTIATE + CHALLENGE + AUTHENTICATE with a MIC of zeros).
 * AUTHENTICATE holds room for the MIC; what is there is not looked at. 3.1.5.1.2 */
void ntlm_mic(const uint8_t session_key[NTLM_HASH_SIZE], struct bytes negotiate,
        struct bytes challenge, struct bytes authenticate, uint8_t mic[NTLM_HASH_SIZE]);

/* Shared by the three: the beginning, and the Len / MaxLen / BufferOffset triples. */
struct ntlm_field {
    uint16_t size;
    uint32_t offset; /* from the start of the message */
};

/* A reader past "NTLMSSP\0" and the message type; failed if they are not these. */
struct reader ntlm_message_begin(struct bytes token, enum ntlm_message_type type);
struct ntlm_field ntlm_field_read(struct reader *r);
struct bytes ntlm_field_view(struct reader *r, struct ntlm_field field);

void ntlm_message_start(struct writer *w, enum ntlm_message_type type);
/* Writes a triple for VALUE at *OFFSET and moves *OFFSET past it; the payload is written later. */
void ntlm_field_write(struct writer *w, struct bytes value, uint32_t *offset);

#endif
