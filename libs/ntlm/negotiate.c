/* NEGOTIATE_MESSAGE, [MS-NLMP] 2.2.1.1
 *
 *    0         8     12      16            24                 32        40
 *   +---------+-----+-------+-------------+------------------+---------+---------
 *   | NTLMSSP |  1  | flags | DomainName  | Workstation      | Version | payload
 *   |         |     |       | Fields      | Fields           |         | (OEM)
 *   +---------+-----+-------+-------------+------------------+---------+---------
 */
#include "message.h"
#include "base/log.h"

enum status ntlm_negotiate_read(struct bytes token, struct ntlm_negotiate *m)
{
    struct ntlm_field domain = {0}, workstation = {0};
    struct reader r = ntlm_message_begin(token, NTLM_NEGOTIATE);

    *m = (struct ntlm_negotiate){0};
    m->flags = reader_u32le(&r);
    /* Old clients end here; curl sends the fields but no version. */
    if (reader_left(&r) >= 16) {
        domain = ntlm_field_read(&r);
        workstation = ntlm_field_read(&r);
    }
    if (m->flags & NTLMSSP_NEGOTIATE_VERSION && reader_left(&r) >= 8)
        m->version = reader_u64le(&r);
    if (m->flags & NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED)
        m->domain = ntlm_field_view(&r, domain);
    if (m->flags & NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED)
        m->workstation = ntlm_field_view(&r, workstation);
    if (reader_ok(&r))
        return ST_OK;
    log_warn("ntlm", "malformed NEGOTIATE message of %zu bytes; refused", token.size);
    return ST_BAD_TOKEN;
}

enum status ntlm_negotiate_write(const struct ntlm_negotiate *m, struct blob *token)
{
    struct writer w = {0};

    writer_reserve(&w, 40);
    ntlm_message_start(&w, NTLM_NEGOTIATE);
    writer_u32le(&w, m->flags);
    writer_zeros(&w, 16); /* neither name is sent, and Windows writes offset 0 then */
    writer_u64le(&w, m->version);
    return writer_finish(&w, token);
}
