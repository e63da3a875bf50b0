/* AV_PAIR lists: TargetInfo of the CHALLENGE and of the client's NTLMv2 response. [MS-NLMP] 2.2.2.1
 *
 *   +-------+-------+-----------------+
 *   | AvId  | AvLen | Value (AvLen)   |   AvId, AvLen: 16 bits LE; ... up to MsvAvEOL with AvLen 0
 *   +-------+-------+-----------------+
 */
#ifndef NTLM_AVPAIR_H
#define NTLM_AVPAIR_H

#include "base/reader.h"
#include "base/writer.h"

enum ntlm_av_id {
    MsvAvEOL = 0,
    MsvAvNbComputerName = 1,
    MsvAvNbDomainName = 2,
    MsvAvDnsComputerName = 3,
    MsvAvDnsDomainName = 4,
    MsvAvDnsTreeName = 5,
    MsvAvFlags = 6,
    MsvAvTimestamp = 7,
    MsvAvSingleHost = 8,
    MsvAvTargetName = 9,
    MsvAvChannelBindings = 10,
    NTLM_AV_KNOWN, /* number of ids this room knows */
};

enum {
    NTLM_AV_FLAG_CONSTRAINED = 1, /* MsvAvFlags bits */
    NTLM_AV_FLAG_MIC = 2,
    NTLM_AV_FLAG_UNVERIFIED_SPN = 4,
};

/* Single_Host_Data, 2.2.2.2: its fixed part; the MachineID is the last 32 bytes of that. */
enum { NTLM_SINGLE_HOST_SIZE = 48 };

/* What a list holds, as views into it. */
struct ntlm_av {
    struct bytes all; /* every pair as it came, without the EOL */
    bool present[NTLM_AV_KNOWN];
    struct bytes value[NTLM_AV_KNOWN];
    uint32_t flags;     /* MsvAvFlags, 0 if absent */
    uint64_t timestamp; /* MsvAvTimestamp, FILETIME; valid if present[MsvAvTimestamp] */
};

/* Reads up to and including the EOL; what follows it stays in R. A missing EOL, a pair that runs
 * past the end, an odd name, a value of the wrong size for its id (or, MsvAvSingleHost, with
 * another size in it), a known id for the second time fail R. Unknown ids are passed over. */
void ntlm_av_read(struct reader *r, struct ntlm_av *av);

/* VALUE longer than 65,535 bytes makes the writer ST_BAD_ARGUMENT. */
void ntlm_av_write(struct writer *w, enum ntlm_av_id id, struct bytes value);
void ntlm_av_write_u32(struct writer *w, enum ntlm_av_id id, uint32_t value);
void ntlm_av_write_u64(struct writer *w, enum ntlm_av_id id, uint64_t value);

/* Copies all pairs of AV in their order but those whose id is in the bit set SKIP (1 << id). */
void ntlm_av_copy(struct writer *w, const struct ntlm_av *av, uint32_t skip);

#endif
