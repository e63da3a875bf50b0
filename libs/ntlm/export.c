/* The bytes of a complete context, all little-endian:
 *
 *    0          8         12       16      20             36
 *   +----------+---------+--------+-------+-------------+---------+---------+-------+----------+
 *   | "ossp-n" | version | traits | flags | session key | streams | 6 names | extra | checksum |
 *   | 0, 0     |    1    |        |       |             | 0 to 2  |         |       | 16 bytes |
 *   +----------+---------+--------+-------+-------------+---------+---------+-------+----------+
 *
 *   stream: sequence number (4), RC4's i, j, S (1, 1, 256). None with TRAIT_RESET, or where nothing
 *           is signed or sealed; one without extended session security; else what is sent, what is
 *           received. The keys follow from the session key, the flags and the role.
 *   name, extra: size in bytes (2), then as many. The names are the user's, the domain's, the
 *           workstation's, the target's, the server's, the server's domain's.
 *   checksum: HMAC_MD5(session key, all that is before it).
 */
#include "export.h"
#include <string.h>
#include "base/log.h"
#include "base/reader.h"
#include "base/writer.h"
#include "context.h"
#include "crypto.h"

enum {
    VERSION = 1,
    TRAIT_SERVER = 1,
    TRAIT_ANONYMOUS = 2,
    TRAIT_MIC = 4,
    TRAIT_RESET = 8,
    TRAIT_GUEST = 16,
    TRAIT_LOOPBACK = 32,
    TRAITS = 63,
    NAMES = 6,
    ROOM = 1024, /* what most take */
};

static const uint8_t magic[8] = "ossp-n";

static void names_of(struct ntlm_context *c, struct blob *names[NAMES])
{
    names[0] = &c->user;
    names[1] = &c->domain;
    names[2] = &c->workstation;
    names[3] = &c->target_name;
    names[4] = &c->server_name;
    names[5] = &c->server_domain;
}

/* How many streams of a session there are to keep: see the drawing. */
static unsigned stream_count(uint32_t flags, uint32_t traits)
{
    if (traits & TRAIT_RESET || !(flags & NTLM_SECURITY_FLAGS))
        return 0;
    return flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY ? 2 : 1;
}

static uint32_t traits_of(const struct ntlm_context *c, bool reset)
{
    return (c->is_server ? TRAIT_SERVER : 0u) | (c->anonymous ? TRAIT_ANONYMOUS : 0u) |
           (c->mic_used ? TRAIT_MIC : 0u) | (reset ? TRAIT_RESET : 0u) |
           (c->guest ? TRAIT_GUEST : 0u) | (c->loopback ? TRAIT_LOOPBACK : 0u);
}

static void put_stream(struct writer *w, const struct ntlm_stream *t)
{
    writer_u32le(w, t->sequence);
    writer_u8(w, t->rc4.i);
    writer_u8(w, t->rc4.j);
    writer_bytes(w, bytes_of(t->rc4.S, sizeof(t->rc4.S)));
}

static void put_sized(struct writer *w, struct bytes v)
{
    if (v.size > UINT16_MAX) { /* no name is: ntlm_copy_name, the server's take_name */
        w->status = w->status == ST_OK ? ST_INTERNAL : w->status;
        return;
    }
    writer_u16le(w, (uint16_t)v.size);
    writer_bytes(w, v);
}

static void put_session(struct writer *w, const struct ntlm_context *c, uint32_t traits)
{
    unsigned count = stream_count(c->flags, traits);

    writer_bytes(w, bytes_of(magic, sizeof(magic)));
    writer_u32le(w, VERSION);
    writer_u32le(w, traits);
    writer_u32le(w, c->flags);
    writer_bytes(w, bytes_of(c->session_key, sizeof(c->session_key)));
    if (count > 0)
        put_stream(w, &c->session.send);
    if (count > 1)
        put_stream(w, &c->session.receive);
}

static enum status finish(struct writer *w, const uint8_t key[NTLM_HASH_SIZE], struct blob *out)
{
    uint8_t sum[NTLM_HASH_SIZE];

    ntlm_hmac_md5(key, blob_view(&w->out), ntlm_none, ntlm_none, sum);
    writer_bytes(w, bytes_of(sum, sizeof(sum)));
    return writer_finish(w, out);
}

enum status ntlm_export(
        const struct ntlm_context *c, bool reset, struct bytes extra, struct blob *out)
{
    struct blob *names[NAMES];
    struct writer w = {0};

    if (c->state != NTLM_COMPLETE)
        return ST_BAD_STATE;
    if (extra.size > UINT16_MAX)
        return ST_BAD_ARGUMENT;
    writer_reserve(&w, ROOM);
    put_session(&w, c, traits_of(c, reset));
    names_of((struct ntlm_context *)c, names);
    for (unsigned i = 0; i < NAMES; i++)
        put_sized(&w, blob_view(names[i]));
    put_sized(&w, extra);
    return finish(&w, c->session_key, out);
}

/* Every byte of S once: all that RC4 needs to be itself. */
static bool is_permutation(const uint8_t s[256])
{
    bool seen[256] = {false};

    for (unsigned i = 0; i < 256; i++)
        seen[s[i]] = true;
    for (unsigned i = 0; i < 256; i++)
        if (!seen[i])
            return false;
    return true;
}

static void get_stream(struct reader *r, struct ntlm_stream *t)
{
    t->sequence = reader_u32le(r);
    t->rc4.i = reader_u8(r);
    t->rc4.j = reader_u8(r);
    reader_copy(r, t->rc4.S, sizeof(t->rc4.S));
    t->tails = NTLM_TAILS_MANY;
    if (!is_permutation(t->rc4.S))
        reader_fail(r);
}

/* The head, up to the session key. TRAITS out. */
static void get_head(struct reader *r, struct ntlm_context *c, uint32_t *traits)
{
    reader_expect(r, bytes_of(magic, sizeof(magic)));
    if (reader_u32le(r) != VERSION)
        reader_fail(r);
    *traits = reader_u32le(r);
    if (*traits & ~(uint32_t)TRAITS)
        reader_fail(r);
    c->flags = reader_u32le(r);
    reader_copy(r, c->session_key, sizeof(c->session_key));
    c->is_server = *traits & TRAIT_SERVER;
    c->anonymous = *traits & TRAIT_ANONYMOUS;
    c->mic_used = *traits & TRAIT_MIC;
    c->guest = *traits & TRAIT_GUEST;
    c->loopback = *traits & TRAIT_LOOPBACK;
}

static void get_streams(struct reader *r, struct ntlm_context *c, uint32_t traits)
{
    unsigned count = stream_count(c->flags, traits);

    ntlm_session_init(&c->session, c->flags, c->session_key, c->is_server);
    if (count > 0)
        get_stream(r, &c->session.send);
    if (count > 1)
        get_stream(r, &c->session.receive);
}

static struct bytes get_sized(struct reader *r)
{
    size_t size = reader_u16le(r);

    return reader_bytes(r, size);
}

static enum status get_names(struct reader *r, struct ntlm_context *c)
{
    struct blob *names[NAMES];
    enum status status = ST_OK;

    names_of(c, names);
    for (unsigned i = 0; i < NAMES && status == ST_OK; i++)
        status = ntlm_copy_name(names[i], get_sized(r));
    return status == ST_BAD_ARGUMENT ? ST_BAD_TOKEN : status;
}

static bool is_whole(struct bytes packed, const uint8_t key[NTLM_HASH_SIZE])
{
    uint8_t sum[NTLM_HASH_SIZE];
    size_t covered;

    if (packed.size < sizeof(sum))
        return false;
    covered = packed.size - sizeof(sum);
    ntlm_hmac_md5(key, bytes_of(packed.data, covered), ntlm_none, ntlm_none, sum);
    return secret_equal(bytes_of(packed.data + covered, sizeof(sum)), bytes_of(sum, sizeof(sum)));
}

static enum status get_all(struct bytes packed, struct bytes *extra, struct ntlm_context *c)
{
    struct reader r = reader_on(packed);
    uint32_t traits = 0;
    enum status status;

    get_head(&r, c, &traits);
    if (!reader_ok(&r) || !is_whole(packed, c->session_key))
        return ST_BAD_TOKEN;
    get_streams(&r, c, traits);
    status = get_names(&r, c);
    *extra = get_sized(&r);
    reader_skip(&r, NTLM_HASH_SIZE); /* the checksum */
    if (status == ST_OK && !reader_done(&r))
        status = ST_BAD_TOKEN;
    return status;
}

enum status ntlm_import(struct bytes packed, struct bytes *extra, struct ntlm_context **context)
{
    struct ntlm_context *c = mem_alloc(sizeof(*c));
    enum status status;

    *context = NULL;
    *extra = ntlm_none;
    if (!c)
        return ST_NO_MEMORY;
    status = get_all(packed, extra, c);
    if (status != ST_OK) {
        if (status == ST_BAD_TOKEN)
            log_warn("ntlm",
                    "an exported context of %zu bytes is damaged or of another version; "
                    "refused",
                    packed.size);
        *extra = ntlm_none;
        ntlm_free(c);
        return status;
    }
    c->state = NTLM_COMPLETE;
    *context = c;
    return ST_OK;
}

bool ntlm_is_server(const struct ntlm_context *c)
{
    return c->is_server;
}
