#include "session_v1.h"
#include <string.h>
#include "base/log.h"

enum { PAD_SIZE = NTLM_V1_PAD_SIZE, FIELD_SIZE = 4 };

/* CRC-32 of IEEE 802.3, bit by bit: only old peers ever need it. */
static uint32_t crc32_more(uint32_t crc, struct bytes data)
{
    for (size_t i = 0; i < data.size; i++) {
        crc ^= data.data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return crc;
}

static void put_u32le(uint8_t out[FIELD_SIZE], uint32_t v)
{
    for (unsigned i = 0; i < FIELD_SIZE; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

void ntlm_v1_tail(uint32_t sequence, const struct ntlm_part *parts, size_t count,
        uint8_t tail[NTLM_V1_TAIL_SIZE])
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < count; i++)
        crc = crc32_more(crc, bytes_of(parts[i].data, parts[i].size));
    memset(tail, 0, PAD_SIZE);
    put_u32le(tail + PAD_SIZE, ~crc);
    put_u32le(tail + PAD_SIZE + FIELD_SIZE, sequence);
}

enum status ntlm_v1_tail_check(
        const uint8_t got[NTLM_V1_TAIL_SIZE], const uint8_t want[NTLM_V1_TAIL_SIZE])
{
    bool whole = secret_equal(
            bytes_of(got + PAD_SIZE, FIELD_SIZE), bytes_of(want + PAD_SIZE, FIELD_SIZE));
    bool next = secret_equal(bytes_of(got + PAD_SIZE + FIELD_SIZE, FIELD_SIZE),
            bytes_of(want + PAD_SIZE + FIELD_SIZE, FIELD_SIZE));

    if (whole && next)
        return ST_OK;
    log_warn("ntlm", "a message %s; refused",
            whole ? "has another sequence number than the next one"
                  : "does not fit its signature (altered, or both ends wrote at once)");
    return whole ? ST_OUT_OF_SEQUENCE : ST_BAD_SIGNATURE;
}
