#include "avpair.h"

/* Sizes that a value may have; names are UTF-16LE. [MS-NLMP] 2.2.2.1 */
enum av_kind { AV_NAME, AV_U32, AV_U64, AV_HASH, AV_HOST, AV_ANY };

static const enum av_kind kinds[NTLM_AV_KNOWN] = {
        [MsvAvEOL] = AV_ANY,
        [MsvAvNbComputerName] = AV_NAME,
        [MsvAvNbDomainName] = AV_NAME,
        [MsvAvDnsComputerName] = AV_NAME,
        [MsvAvDnsDomainName] = AV_NAME,
        [MsvAvDnsTreeName] = AV_NAME,
        [MsvAvFlags] = AV_U32,
        [MsvAvTimestamp] = AV_U64,
        [MsvAvSingleHost] = AV_HOST,
        [MsvAvTargetName] = AV_NAME,
        [MsvAvChannelBindings] = AV_HASH,
};

/* Its first field is the size; more may follow than is known. */
static bool host_fits(struct bytes value)
{
    struct reader r = reader_on(value);

    return value.size >= NTLM_SINGLE_HOST_SIZE && reader_u32le(&r) == value.size;
}

static bool value_fits(enum av_kind kind, struct bytes value)
{
    switch (kind) {
    case AV_NAME:
        return value.size % 2 == 0;
    case AV_U32:
        return value.size == 4;
    case AV_U64:
        return value.size == 8;
    case AV_HASH:
        return value.size == 16;
    case AV_HOST:
        return host_fits(value);
    case AV_ANY:
        break;
    }
    return true;
}

static void keep(struct reader *r, struct ntlm_av *av, unsigned id, struct bytes value)
{
    if (id >= NTLM_AV_KNOWN)
        return;
    /* Which of two counts is a matter of taste, so whoever adds one chooses what the other side
     * sees: an MsvAvFlags of 0 put into a CHALLENGE hid the client's MIC bit (CVE-2019-1166). */
    if (av->present[id] || !value_fits(kinds[id], value)) {
        reader_fail(r);
        return;
    }
    av->present[id] = true;
    av->value[id] = value;
}

static void read_numbers(struct ntlm_av *av)
{
    struct reader flags = reader_on(av->value[MsvAvFlags]);
    struct reader time = reader_on(av->value[MsvAvTimestamp]);

    if (av->present[MsvAvFlags])
        av->flags = reader_u32le(&flags);
    if (av->present[MsvAvTimestamp])
        av->timestamp = reader_u64le(&time);
}

void ntlm_av_read(struct reader *r, struct ntlm_av *av)
{
    struct reader pairs = *r;
    size_t start = r->at, end = r->at;

    *av = (struct ntlm_av){0};
    while (reader_ok(r)) {
        end = r->at;
        unsigned id = reader_u16le(r);
        size_t size = reader_u16le(r);
        struct bytes value = reader_bytes(r, size);

        if (id == MsvAvEOL) {
            if (size)
                reader_fail(r);
            break;
        }
        keep(r, av, id, value);
    }
    if (!reader_ok(r)) {
        *av = (struct ntlm_av){0};
        return;
    }
    av->all = reader_bytes(&pairs, end - start);
    read_numbers(av);
}

void ntlm_av_write(struct writer *w, enum ntlm_av_id id, struct bytes value)
{
    if (value.size > UINT16_MAX) {
        if (w->status == ST_OK)
            w->status = ST_BAD_ARGUMENT;
        return;
    }
    writer_u16le(w, (uint16_t)id);
    writer_u16le(w, (uint16_t)value.size);
    writer_bytes(w, value);
}

void ntlm_av_write_u32(struct writer *w, enum ntlm_av_id id, uint32_t value)
{
    writer_u16le(w, (uint16_t)id);
    writer_u16le(w, 4);
    writer_u32le(w, value);
}

void ntlm_av_write_u64(struct writer *w, enum ntlm_av_id id, uint64_t value)
{
    writer_u16le(w, (uint16_t)id);
    writer_u16le(w, 8);
    writer_u64le(w, value);
}

void ntlm_av_copy(struct writer *w, const struct ntlm_av *av, uint32_t skip)
{
    struct reader r = reader_on(av->all);

    while (reader_left(&r)) {
        uint16_t id = reader_u16le(&r);
        uint16_t size = reader_u16le(&r);
        struct bytes value = reader_bytes(&r, size);

        if (!reader_ok(&r))
            return; /* cannot be: ntlm_av_read walked the same bytes */
        if (id < 32 && skip >> id & 1)
            continue;
        writer_u16le(w, id);
        writer_u16le(w, size);
        writer_bytes(w, value);
    }
}
