/* The chosen mechanism: finding it, stepping it, knowing when it is complete. */
#include "spnego/engine.h"
#include "base/log.h"

static bool is_krb5(struct bytes oid)
{
    return bytes_equal(oid, spnego_oid_krb5) || bytes_equal(oid, spnego_oid_ms_krb5);
}

/* Tolerance: Windows 2000 and later name Kerberos by 1.2.840.48018.1.2.2, the RFC's OID cut to 16
 * bits, and may answer with the one when offered the other (RFC 4178 Appendix C). */
bool mech_oid_same(struct bytes a, struct bytes b)
{
    return bytes_equal(a, b) || (is_krb5(a) && is_krb5(b));
}

bool mech_find(const struct spnego_context *c, struct bytes oid, size_t *index)
{
    for (size_t i = 0; i < c->count; i++)
        if (bytes_equal(c->mechs[i].oid, oid)) {
            *index = i;
            return true;
        }
    for (size_t i = 0; i < c->count; i++)
        if (mech_oid_same(c->mechs[i].oid, oid)) {
            *index = i;
            return true;
        }
    return false;
}

bool mech_listed(struct bytes mech_types, struct bytes oid)
{
    struct reader r = mech_type_list_open(mech_types);
    while (reader_ok(&r) && reader_left(&r))
        if (mech_oid_same(der_get(&r, DER_OID), oid))
            return true;
    return false;
}

const char *mech_name(const struct spnego_context *c)
{
    const char *name = c->has_chosen ? c->mechs[c->chosen].name : "no mechanism";
    return name ? name : "unnamed mechanism";
}

enum status mech_step(struct spnego_context *c, struct bytes in, struct bytes *token)
{
    const struct spnego_mech *mech = &c->mechs[c->chosen];
    *token = bytes_of(NULL, 0);
    enum status status = mech->functions->step(mech->self, in, token);
    if (status == ST_OK)
        c->mech_complete = true;
    else if (status != ST_CONTINUE && c->state == S_START && !c->side->server)
        log_debug("spnego", "client: %s cannot begin: %s", mech_name(c), status_name(status));
    else if (status != ST_CONTINUE)
        log_warn("spnego", "%s: %s failed with %s", c->side->name, mech_name(c),
                status_name(status));
    return status;
}

enum status mech_advance(struct spnego_context *c, struct bytes in, struct bytes *token)
{
    *token = bytes_of(NULL, 0);
    if (c->mech_complete != !in.size) {
        log_warn("spnego", "%s: the peer's message has %s token for %s", c->side->name,
                in.size ? "one more" : "no", mech_name(c));
        return ST_BAD_TOKEN;
    }
    return c->mech_complete ? ST_OK : mech_step(c, in, token);
}

enum status mech_direct(struct spnego_context *c, const struct message *m, struct writer *out)
{
    struct bytes token;
    enum status status = mech_step(c, m->raw, &token);
    writer_bytes(out, token);
    return msg_written(out, status);
}
