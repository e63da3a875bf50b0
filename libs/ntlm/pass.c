#include "pass.h"

/* Piece by piece, as long as MD5's blocks: the processor works on the cipher of one and the digest
 * of the next at once, and finds a long message in its nearest cache. What is no longer than two
 * gains nothing by being cut. */
static size_t piece_size(const struct ntlm_mac *mac, size_t left)
{
    return left > 2 * NTLM_MAC_BLOCK ? ntlm_mac_room(mac) : left;
}

static void pass_part(struct ntlm_stream *t, const struct ntlm_part *part, enum ntlm_cipher cipher,
        struct ntlm_mac *mac)
{
    size_t size;

    for (size_t at = 0; at < part->size; at += size) {
        uint8_t *piece = part->data + at;
        size = piece_size(mac, part->size - at);
        if (cipher == NTLM_DECIPHER)
            arcfour_crypt(&t->rc4, size, piece, piece);
        ntlm_mac_add(mac, piece, size);
        if (cipher == NTLM_ENCIPHER)
            arcfour_crypt(&t->rc4, size, piece, piece);
    }
}

void ntlm_pass(struct ntlm_stream *t, const struct ntlm_part *parts, size_t count,
        enum ntlm_cipher cipher, uint8_t sum[NTLM_CHECKSUM_SIZE])
{
    struct ntlm_mac mac;
    uint8_t sequence[4];

    for (unsigned i = 0; i < sizeof(sequence); i++)
        sequence[i] = (uint8_t)(t->sequence >> (8 * i));
    ntlm_mac_begin(&mac, &t->mac);
    ntlm_mac_add(&mac, sequence, sizeof(sequence));
    for (size_t i = 0; i < count; i++)
        if (cipher != NTLM_CLEAR && parts[i].encrypt)
            pass_part(t, &parts[i], cipher, &mac);
        else
            ntlm_mac_add(&mac, parts[i].data, parts[i].size);
    ntlm_mac_end(&mac, &t->mac, sum, NTLM_CHECKSUM_SIZE);
}

void ntlm_rc4_parts(struct arcfour_ctx *rc4, const struct ntlm_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].encrypt)
            arcfour_crypt(rc4, parts[i].size, parts[i].data, parts[i].data);
}
