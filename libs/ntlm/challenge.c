/* CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2
 *
 *    0         8     12           20      24           32         40           48        56
 *   +---------+-----+------------+-------+------------+----------+------------+---------+---------
 *   | NTLMSSP |  2  | TargetName | flags | Server     | reserved | TargetInfo | Version | payload
 *   |         |     | Fields     |       | Challenge  |          | Fields     |         |
 *   +---------+-----+------------+-------+------------+----------+------------+---------+---------
 */
#include "message.h"
#include "base/log.h"

enum { HEADER = 56 };

enum status ntlm_challenge_read(struct bytes token, struct ntlm_challenge *m)
{
    struct ntlm_field target_info = {0};
    struct reader r = ntlm_message_begin(token, NTLM_CHALLENGE);
    struct ntlm_field target_name = ntlm_field_read(&r);

    *m = (struct ntlm_challenge){0};
    m->flags = reader_u32le(&r);
    reader_copy(&r, m->server_challenge, sizeof(m->server_challenge));
    if (m->flags & NTLMSSP_NEGOTIATE_TARGET_INFO) {
        reader_skip(&r, 8);
        target_info = ntlm_field_read(&r);
        if (m->flags & NTLMSSP_NEGOTIATE_VERSION && reader_left(&r) >= 8)
            m->version = reader_u64le(&r);
    }
    m->target_name = ntlm_field_view(&r, target_name);
    m->target_info = ntlm_field_view(&r, target_info);
    if (reader_ok(&r))
        return ST_OK;
    *m = (struct ntlm_challenge){0};
    log_warn("ntlm", "malformed CHALLENGE message of %zu bytes; refused", token.size);
    return ST_BAD_TOKEN;
}

enum status ntlm_challenge_write(const struct ntlm_challenge *m, struct blob *token)
{
    struct writer w = {0};
    uint32_t offset = HEADER;

    writer_reserve(&w, HEADER + m->target_name.size + m->target_info.size);
    ntlm_message_start(&w, NTLM_CHALLENGE);
    ntlm_field_write(&w, m->target_name, &offset);
    writer_u32le(&w, m->flags);
    writer_bytes(&w, bytes_of(m->server_challenge, sizeof(m->server_challenge)));
    writer_zeros(&w, 8);
    ntlm_field_write(&w, m->target_info, &offset);
    writer_u64le(&w, m->version);
    writer_bytes(&w, m->target_name);
    writer_bytes(&w, m->target_info);
    return writer_finish(&w, token);
}
