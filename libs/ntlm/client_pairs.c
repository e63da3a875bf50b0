/* The AV pairs of a client's NTLMv2 response. [MS-NLMP] 2.2.2.1, 3.1.5.1.2
 *
 * Single_Host_Data, 2.2.2.2:
 *    0      4      8            16           48
 *   +------+------+------------+------------+
 *   | 48   | 0    | CustomData | MachineID  |   CustomData: zeros; Windows' own meaning is not
 *   +------+------+------------+------------+   documented (?)
 */
#include <string.h>
#include "avpair.h"
#include "context.h"
#include "crypto.h"
#include "message.h"

static void write_single_host(const struct ntlm_client *client, struct writer *w)
{
    uint8_t value[NTLM_SINGLE_HOST_SIZE] = {NTLM_SINGLE_HOST_SIZE};

    memcpy(value + NTLM_SINGLE_HOST_SIZE - NTLM_MACHINE_ID_SIZE, client->machine_id,
            NTLM_MACHINE_ID_SIZE);
    ntlm_av_write(w, MsvAvSingleHost, bytes_of(value, sizeof(value)));
}

/* Without a target the pair is sent with an empty name: 3.1.5.1.2 (?) */
static void write_bindings(const struct ntlm_context *c, struct writer *w)
{
    ntlm_av_write(w, MsvAvChannelBindings, bytes_of(c->client.bindings_hash, NTLM_HASH_SIZE));
    ntlm_av_write(w, MsvAvTargetName, blob_view(&c->target_name));
}

static uint32_t flags_of(const struct ntlm_context *c, const struct ntlm_av *av, bool mic)
{
    uint32_t flags = av->flags;

    if (mic)
        flags |= NTLM_AV_FLAG_MIC;
    if (c->terms.wishes & NTLM_WISH_UNVERIFIED_TARGET)
        flags |= NTLM_AV_FLAG_UNVERIFIED_SPN;
    return flags;
}

void ntlm_client_pairs(const struct ntlm_context *c, const struct ntlm_challenge *challenge,
        const struct ntlm_av *av, bool mic, struct writer *w)
{
    const uint32_t ours = 1u << MsvAvFlags | 1u << MsvAvSingleHost | 1u << MsvAvTargetName |
                          1u << MsvAvChannelBindings;
    uint32_t flags = flags_of(c, av, mic);

    if (challenge->target_info.size) {
        ntlm_av_copy(w, av, ours);
        if (flags)
            ntlm_av_write_u32(w, MsvAvFlags, flags);
        if (c->client.machine_id)
            write_single_host(&c->client, w);
        if (!c->client.omit_bindings)
            write_bindings(c, w);
    }
    ntlm_av_write(w, MsvAvEOL, ntlm_none);
}
