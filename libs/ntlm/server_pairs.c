#include "server_pairs.h"
#include "base/log.h"
#include "base/utf16.h"

/* 36 hours, in 100 ns: MaxLifetime of Windows since XP ([MS-NLMP] 3.1.1.1 and appendix B). */
static const uint64_t max_lifetime = 36ull * 60 * 60 * 10000000;

/* A client that was shown our time repeats it; others (no MsvAvTimestamp) go by their own clock.
 * The code is not documented: "return a failure" (?). */
static enum status check_time(const struct ntlm_context *c, const struct ntlm_v2_response *response)
{
    uint64_t now = c->world.now(c->world.self), then = response->timestamp;
    uint64_t apart = now > then ? now - then : then - now;

    if (!response->proof.size || c->server.omit_timestamp || apart <= max_lifetime)
        return ST_OK;
    log_warn("ntlm",
            "the client's response was made more than 36 hours %s, by this server's clock; "
            "refused: set the clocks",
            now > then ? "ago" : "from now");
    return ST_LOGON_DENIED;
}

static enum status check_bindings(const struct ntlm_server *s, struct bytes sent)
{
    bool none = all_zero(sent.data, sent.size); /* 16 zeros: none; also when not sent */

    if (!s->has_bindings || s->bindings_policy == NTLM_BINDINGS_IGNORE)
        return ST_OK;
    if (none && s->bindings_policy == NTLM_BINDINGS_IF_SENT)
        return ST_OK;
    if (!none && secret_equal(sent, bytes_of(s->bindings_hash, NTLM_HASH_SIZE)))
        return ST_OK;
    log_warn("ntlm", "the client's channel bindings %s; refused",
            none ? "are missing and required here" : "are those of another TLS channel");
    return ST_BAD_BINDINGS;
}

static bool is_ours(const struct ntlm_server *s, struct bytes target)
{
    struct bytes host = ntlm_target_host(target);

    if (host.size && (utf16_equal_nocase(host, blob_view(&s->nb_computer)) ||
                             utf16_equal_nocase(host, blob_view(&s->dns_computer))))
        return true;
    return ntlm_target_listed(target, blob_view(&s->targets));
}

/* Another server's name means that the login was meant for that one and is passed on to us. */
static enum status check_target(const struct ntlm_server *s, const struct ntlm_av *av)
{
    struct bytes sent = av->value[MsvAvTargetName];
    bool none = !sent.size || av->flags & NTLM_AV_FLAG_UNVERIFIED_SPN;
    char name[128];

    if (s->target_policy == NTLM_TARGET_IGNORE || (none && s->target_policy == NTLM_TARGET_IF_SENT))
        return ST_OK;
    if (!none && is_ours(s, sent))
        return ST_OK;
    log_warn("ntlm", "the client's target '%s' %s; refused",
            utf16_printable(sent, name, sizeof(name)),
            none ? "is missing or unverified, and required here" : "is no name of this server");
    return ST_BAD_BINDINGS;
}

enum status ntlm_check_pairs(const struct ntlm_context *c, const struct ntlm_v2_response *response)
{
    enum status status = check_time(c, response);

    if (status == ST_OK)
        status = check_bindings(&c->server, response->av.value[MsvAvChannelBindings]);
    return status == ST_OK ? check_target(&c->server, &response->av) : status;
}

bool ntlm_is_loopback(const struct ntlm_context *c, const struct ntlm_v2_response *response)
{
    struct reader r = reader_on(response->av.value[MsvAvSingleHost]);
    struct bytes id;

    reader_skip(&r, NTLM_SINGLE_HOST_SIZE - NTLM_MACHINE_ID_SIZE);
    id = reader_bytes(&r, NTLM_MACHINE_ID_SIZE);
    return c->server.machine_id &&
           secret_equal(id, bytes_of(c->server.machine_id, NTLM_MACHINE_ID_SIZE));
}
