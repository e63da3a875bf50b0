/* A server's limits for some of its connections. Which these are shows in the ClientHello: the ALPN id
 * is the server's choice (RFC 7301 3.2), so it is made here as GnuTLS will make it. Then the session
 * gets a priority of its own. Whether optional limits leave the client anything is told by what it
 * offers: versions, suites, groups and signature schemes (RFC 8446 4.1.2, RFC 5246 7.4.1.2). */
#include "internal.h"
#include "base/log.h"

enum {
    IDS_MAX = 16,
    DATAGRAM = 0xfe00, /* versions of DTLS are above */
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_GROUPS = 10,
    EXTENSION_ALPN = 16,
    EXTENSION_VERSIONS = 43,
};

struct tls_parameters {
    struct tls_parameters *next;
    struct blob ids[IDS_MAX];
    size_t count;
    unsigned versions_off;
    bool optional;
    struct tls_limits limits;
};

/* Views into a ClientHello. */
struct offer {
    uint16_t version; /* legacy_version */
    struct bytes suites, groups, alpn, versions, server_name;
};

enum status tls_parameters_new(const struct bytes *ids, size_t count, unsigned versions_off,
        const struct tls_limits *limits, bool optional, struct tls_parameters **list)
{
    if (count > IDS_MAX)
        return ST_BAD_ARGUMENT;
    struct tls_parameters *p = mem_alloc(sizeof *p);
    if (!p)
        return ST_NO_MEMORY;
    p->count = count;
    p->versions_off = versions_off;
    p->optional = optional;
    p->limits = *limits;
    for (size_t i = 0; i < count; i++)
        if (blob_set(&p->ids[i], ids[i])) {
            tls_parameters_free(p);
            return ST_NO_MEMORY;
        }
    p->next = *list;
    *list = p;
    return ST_OK;
}

void tls_parameters_free(struct tls_parameters *list)
{
    while (list) {
        struct tls_parameters *next = list->next;
        for (size_t i = 0; i < list->count; i++)
            blob_free(&list->ids[i]);
        mem_free(list, sizeof *list);
        list = next;
    }
}

/* RFC 6066 3: name_type 0 is a host_name, and the first entry is all that anybody sends. */
static struct bytes read_server_name(struct reader *r)
{
    struct reader list = reader_on(reader_bytes(r, reader_u16be(r)));
    bool is_host = reader_u8(&list) == 0;
    struct bytes name = reader_bytes(&list, reader_u16be(&list));
    return is_host && reader_ok(&list) ? name : bytes_of(NULL, 0);
}

static void read_extension(struct offer *o, uint16_t type, struct bytes body)
{
    struct reader r = reader_on(body);
    if (type == EXTENSION_SERVER_NAME)
        o->server_name = read_server_name(&r);
    if (type == EXTENSION_GROUPS)
        o->groups = reader_bytes(&r, reader_u16be(&r));
    if (type == EXTENSION_ALPN)
        o->alpn = reader_bytes(&r, reader_u16be(&r));
    if (type == EXTENSION_VERSIONS)
        o->versions = reader_bytes(&r, reader_u8(&r));
}

/* What is malformed GnuTLS refuses itself. */
static bool read_offer(struct offer *o, struct bytes body)
{
    struct reader r = reader_on(body);
    o->version = reader_u16be(&r);
    reader_skip(&r, 32);            /* random */
    reader_skip(&r, reader_u8(&r)); /* session id */
    if (o->version >= DATAGRAM)
        reader_skip(&r, reader_u8(&r)); /* cookie, RFC 6347 4.2.1 */
    o->suites = reader_bytes(&r, reader_u16be(&r));
    reader_skip(&r, reader_u8(&r)); /* compression methods */
    if (!reader_ok(&r))
        return false;
    struct reader list = reader_on(reader_bytes(&r, reader_u16be(&r)));
    while (reader_ok(&list) && reader_left(&list)) {
        uint16_t type = reader_u16be(&list);
        read_extension(o, type, reader_bytes(&list, reader_u16be(&list)));
    }
    return reader_ok(&list);
}

static bool has_number(struct bytes list, uint16_t number)
{
    struct reader r = reader_on(list);
    while (reader_left(&r) > 1)
        if (reader_u16be(&r) == number)
            return true;
    return false;
}

static bool has_id(struct bytes list, struct bytes id)
{
    struct reader r = reader_on(list);
    while (reader_ok(&r) && reader_left(&r)) {
        struct bytes one = reader_bytes(&r, reader_u8(&r));
        if (reader_ok(&r) && bytes_equal(one, id))
            return true;
    }
    return false;
}

/* The first of ours that the client has; empty: none. */
static struct bytes choose_alpn(const struct tls_session *s, const struct offer *o)
{
    struct reader r = reader_on(blob_view(&s->alpn));
    while (reader_left(&r)) {
        struct bytes id = reader_bytes(&r, reader_u8(&r));
        if (has_id(o->alpn, id))
            return id;
    }
    return bytes_of(NULL, 0);
}

static bool applies(const struct tls_parameters *p, struct bytes id)
{
    for (size_t i = 0; i < p->count; i++)
        if (id.size && bytes_equal(blob_view(&p->ids[i]), id))
            return true;
    return !p->count;
}

/* TLS_V bits that the client can do; datagram versions count down (RFC 6347 4.1). */
static unsigned versions_of(const struct offer *o)
{
    static const struct {
        uint16_t number;
        unsigned bit;
    } numbers[] = {{0x0301, TLS_V1_0}, {0x0302, TLS_V1_1}, {0x0303, TLS_V1_2}, {0x0304, TLS_V1_3},
            {0xfeff, DTLS_V1_0}, {0xfefd, DTLS_V1_2}};
    unsigned bits = 0;
    bool datagram = o->version >= DATAGRAM;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bool same_kind = (numbers[i].number >= DATAGRAM) == datagram;
        bool up_to = datagram ? numbers[i].number >= o->version : numbers[i].number <= o->version;
        if (o->versions.size ? has_number(o->versions, numbers[i].number) : same_kind && up_to)
            bits |= numbers[i].bit;
    }
    return bits;
}

static uint16_t number_of_group(unsigned group)
{
    switch (group) {
    case GNUTLS_GROUP_SECP256R1:
        return 23;
    case GNUTLS_GROUP_SECP384R1:
        return 24;
    case GNUTLS_GROUP_SECP521R1:
        return 25;
    case GNUTLS_GROUP_X25519:
        return 29;
    case GNUTLS_GROUP_X448:
        return 30;
    case GNUTLS_GROUP_FFDHE2048:
        return 256;
    case GNUTLS_GROUP_FFDHE3072:
        return 257;
    case GNUTLS_GROUP_FFDHE4096:
        return 258;
    case GNUTLS_GROUP_FFDHE6144:
        return 259;
    case GNUTLS_GROUP_FFDHE8192:
        return 260;
    default:
        return 0;
    }
}

static bool is_elliptic(unsigned number)
{
    return number < 256;
}

/* A group of the kind that KX needs; of unknown (TLS 1.3): of any. A client that names no groups takes
 * all (RFC 8422 4), and DHE needs none (RFC 7919 4). */
static bool has_group(gnutls_priority_t priority, const struct offer *o, gnutls_kx_algorithm_t kx)
{
    const unsigned *list;
    bool any = kx == GNUTLS_KX_UNKNOWN;
    if (kx == GNUTLS_KX_RSA || kx == GNUTLS_KX_DHE_RSA || !o->groups.size)
        return true;
    int count = gnutls_priority_group_list(priority, &list);
    for (int i = 0; i < count; i++) {
        uint16_t number = number_of_group(list[i]);
        if (number && (any || is_elliptic(number)) && has_number(o->groups, number))
            return true;
    }
    return false;
}

/* An ECDSA suite needs such a key; GnuTLS knows best which keys are there. KEYS: of the identity that the
 * client's server name chooses. */
static bool has_key(gnutls_certificate_credentials_t keys, gnutls_kx_algorithm_t kx)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned count = 0;
    bool found = kx == GNUTLS_KX_UNKNOWN;
    for (unsigned i = 0; !found && !gnutls_certificate_get_x509_crt(keys, i, &list, &count); i++) {
        int pk = count ? gnutls_x509_crt_get_pk_algorithm(list[0], NULL) : -1;
        bool is_ec = pk == GNUTLS_PK_ECDSA || pk == GNUTLS_PK_EDDSA_ED25519 ||
                     pk == GNUTLS_PK_EDDSA_ED448;
        found = is_ec == (kx == GNUTLS_KX_ECDHE_ECDSA);
        for (unsigned j = 0; j < count; j++)
            gnutls_x509_crt_deinit(list[j]);
        gnutls_free(list);
    }
    return found;
}

static bool suits(gnutls_certificate_credentials_t keys, gnutls_priority_t priority,
        const struct offer *o, unsigned versions, unsigned index)
{
    unsigned char id[2];
    gnutls_kx_algorithm_t kx;
    gnutls_protocol_t least;
    if (!gnutls_cipher_suite_info(index, id, &kx, NULL, NULL, &least))
        return false;
    unsigned usable = least == GNUTLS_TLS1_3   ? TLS_V1_3
                      : least == GNUTLS_TLS1_2 ? TLS_V1_2 | DTLS_V1_2
                                               : ~(unsigned)TLS_V1_3;
    return versions & usable && has_number(o->suites, (uint16_t)(id[0] << 8 | id[1])) &&
           has_group(priority, o, kx) && has_key(keys, kx);
}

/* GnuTLS takes the highest version that both have, and only then looks for a suite. */
static unsigned highest(unsigned versions)
{
    static const unsigned order[] = {TLS_V1_3, TLS_V1_2, TLS_V1_1, TLS_V1_0, DTLS_V1_2, DTLS_V1_0};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (versions & order[i])
            return order[i];
    return 0;
}

static bool fits(const struct tls_config *c, gnutls_priority_t priority, const struct offer *o,
        unsigned versions)
{
    unsigned index, both = highest(versions & versions_of(o));
    gnutls_certificate_credentials_t keys =
            c->identities[identity_for(c, o->server_name)].credentials;
    int error = 0;
    for (unsigned i = 0; both && error != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
        error = gnutls_priority_get_cipher_suite_index(priority, i, &index);
        if (!error && suits(keys, priority, o, both, index))
            return true;
    }
    return false;
}

/* What has been decided on for one connection. */
struct plan {
    struct tls_limits limits;
    unsigned versions;
    gnutls_priority_t priority; /* NULL: the config's own */
};

/* PLAN with P as well; ST_NO_COMMON_ALGORITHM: that leaves nothing, and PLAN is as before. */
static enum status extend(
        const struct tls_config *c, const struct tls_parameters *p, struct plan *plan)
{
    struct tls_limits limits = plan->limits;
    unsigned versions = plan->versions & ~p->versions_off;
    gnutls_priority_t priority = NULL;
    enum status status = tls_limits_join(&limits, &p->limits);
    if (!status)
        status = config_priority(c, &limits, &versions, &priority);
    if (status)
        return status;
    if (plan->priority)
        gnutls_priority_deinit(plan->priority);
    *plan = (struct plan){limits, versions, priority};
    return ST_OK;
}

/* As PLAN, with its own reference. */
static struct plan copy_of(const struct plan *plan)
{
    return (struct plan){plan->limits, plan->versions, NULL};
}

static enum status add(const struct tls_config *c, const struct tls_parameters *p,
        const struct offer *o, struct plan *plan)
{
    struct plan trial = copy_of(plan);
    enum status status = extend(c, p, &trial);
    if (!status && p->optional && !fits(c, trial.priority, o, trial.versions))
        status = ST_NO_COMMON_ALGORITHM;
    if (status) {
        if (trial.priority)
            gnutls_priority_deinit(trial.priority);
        return p->optional && status == ST_NO_COMMON_ALGORITHM ? ST_OK : status;
    }
    if (plan->priority)
        gnutls_priority_deinit(plan->priority);
    *plan = trial;
    return ST_OK;
}

/* What must be comes first: what is optional then yields to it. */
static enum status make_plan(const struct tls_session *s, const struct offer *o, struct plan *plan)
{
    const struct tls_config *c = s->config;
    struct bytes id = choose_alpn(s, o);
    enum status status = ST_OK;
    if (c->limits)
        plan->limits = *c->limits;
    plan->versions = c->versions;
    for (int optional = 0; optional < 2; optional++)
        for (const struct tls_parameters *p = c->parameters; p && !status; p = p->next)
            if (p->optional == (optional == 1) && applies(p, id))
                status = add(c, p, o, plan);
    return status;
}

/* No session is taken up, for it may come from a connection without these rules: up to TLS 1.2 it would
 * bring its version and suite with it, and in TLS 1.3 its hash, for which the rules may have left no
 * suite (GnuTLS then gives up). The flag of the first priority stays when the second is set. */
static enum status obey(struct tls_session *s, gnutls_priority_t priority)
{
    s->resumes_nothing = true;
    if (gnutls_priority_set_direct(s->gnutls, "NORMAL:%NO_TICKETS", NULL) < 0 ||
            gnutls_priority_set(s->gnutls, priority) < 0)
        return ST_NO_MEMORY;
    return ST_OK;
}

enum status parameters_apply(struct tls_session *s, struct bytes body)
{
    struct offer o = {0};
    struct plan plan = {0};
    if (!read_offer(&o, body))
        return ST_OK;
    enum status status = make_plan(s, &o, &plan);
    if (!status && plan.priority)
        status = obey(s, plan.priority);
    if (plan.priority)
        gnutls_priority_deinit(plan.priority); /* the session holds its own reference */
    return status;
}
