/* AUTHENTICATE_MESSAGE, [MS-NLMP] 2.2.1.3
 *
 *    0         8     12           20           28       36         44            52
 *   +---------+-----+------------+------------+--------+----------+-------------+----
 *   | NTLMSSP |  3  | LmResponse | NtResponse | Domain | UserName | Workstation | ...
 *   |         |     | Fields     | Fields     | Fields | Fields   | Fields      |
 *   +---------+-----+------------+------------+--------+----------+-------------+----
 *    52                  60      64        72         88
 *   +-------------------+-------+---------+----------+---------
 *   | EncryptedRandom   | flags | Version | MIC      | payload
 *   | SessionKey Fields |       |         |          |
 *   +-------------------+-------+---------+----------+---------
 *
 * Older clients leave out Version and MIC, or the MIC: their payload begins earlier, and only that
 * shows it. Whether a MIC is meant is said by MsvAvFlags in the NTLMv2 response.
 */
#include "message.h"
#include "base/log.h"
#include "mac.h"

enum { HEADER = NTLM_MIC_OFFSET, HEADER_WITH_MIC = NTLM_MIC_OFFSET + NTLM_HASH_SIZE, FIELDS = 6 };

/* The lowest offset of a field that is not empty, or the end of the message. */
static size_t payload_start(const struct ntlm_field fields[FIELDS], size_t end)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].size && fields[i].offset < end)
            end = fields[i].offset;
    return end;
}

static void read_optional(struct reader *r, size_t payload, struct ntlm_authenticate_message *m)
{
    if (m->flags & NTLMSSP_NEGOTIATE_VERSION && payload >= HEADER)
        m->version = reader_u64le(r);
    if (payload >= HEADER_WITH_MIC) {
        m->has_mic = true;
        m->mic = reader_field(r, NTLM_MIC_OFFSET, NTLM_HASH_SIZE);
    }
}

enum status ntlm_authenticate_read(struct bytes token, struct ntlm_authenticate_message *m)
{
    struct ntlm_field fields[FIELDS];
    struct reader r = ntlm_message_begin(token, NTLM_AUTHENTICATE);

    *m = (struct ntlm_authenticate_message){0};
    for (size_t i = 0; i < FIELDS; i++)
        fields[i] = ntlm_field_read(&r);
    m->flags = reader_u32le(&r);
    read_optional(&r, payload_start(fields, token.size), m);
    m->lm_response = ntlm_field_view(&r, fields[0]);
    m->nt_response = ntlm_field_view(&r, fields[1]);
    m->domain = ntlm_field_view(&r, fields[2]);
    m->user = ntlm_field_view(&r, fields[3]);
    m->workstation = ntlm_field_view(&r, fields[4]);
    m->encrypted_session_key = ntlm_field_view(&r, fields[5]);
    if (reader_ok(&r))
        return ST_OK;
    *m = (struct ntlm_authenticate_message){0};
    log_warn("ntlm", "malformed AUTHENTICATE message of %zu bytes; refused", token.size);
    return ST_BAD_TOKEN;
}

/* The fields in the order in which the payload follows: as Windows writes it. */
static void write_payload(struct writer *w, const struct ntlm_authenticate_message *m)
{
    writer_bytes(w, m->domain);
    writer_bytes(w, m->user);
    writer_bytes(w, m->workstation);
    writer_bytes(w, m->lm_response);
    writer_bytes(w, m->nt_response);
    writer_bytes(w, m->encrypted_session_key);
}

enum status ntlm_authenticate_write(const struct ntlm_authenticate_message *m, struct blob *token)
{
    struct writer w = {0};
    uint32_t names = m->has_mic ? HEADER_WITH_MIC : HEADER;
    uint32_t responses = names + (uint32_t)(m->domain.size + m->user.size + m->workstation.size);

    writer_reserve(&w, responses + m->lm_response.size + m->nt_response.size + NTLM_HASH_SIZE);
    ntlm_message_start(&w, NTLM_AUTHENTICATE);
    ntlm_field_write(&w, m->lm_response, &responses);
    ntlm_field_write(&w, m->nt_response, &responses);
    ntlm_field_write(&w, m->domain, &names);
    ntlm_field_write(&w, m->user, &names);
    ntlm_field_write(&w, m->workstation, &names);
    ntlm_field_write(&w, m->encrypted_session_key, &responses);
    writer_u32le(&w, m->flags);
    writer_u64le(&w, m->version);
    if (m->has_mic)
        writer_zeros(&w, NTLM_HASH_SIZE);
    write_payload(&w, m);
    return writer_finish(&w, token);
}

void ntlm_mic(const uint8_t session_key[NTLM_HASH_SIZE], struct bytes negotiate,
        struct bytes challenge, struct bytes authenticate, uint8_t mic[NTLM_HASH_SIZE])
{
    static const uint8_t zeros[NTLM_HASH_SIZE];
    struct ntlm_mac_key k;
    struct ntlm_mac m;
    struct reader r = reader_on(authenticate);
    struct bytes head = reader_bytes(&r, NTLM_MIC_OFFSET), tail;

    reader_skip(&r, NTLM_HASH_SIZE);
    tail = reader_rest(&r);
    ntlm_mac_set_key(&k, session_key);
    ntlm_mac_begin(&m, &k);
    ntlm_mac_add(&m, negotiate.data, negotiate.size);
    ntlm_mac_add(&m, challenge.data, challenge.size);
    ntlm_mac_add(&m, head.data, head.size);
    ntlm_mac_add(&m, zeros, sizeof(zeros));
    ntlm_mac_add(&m, tail.data, tail.size);
    ntlm_mac_end(&m, &k, mic, NTLM_HASH_SIZE);
    wipe(&k, sizeof(k));
}
