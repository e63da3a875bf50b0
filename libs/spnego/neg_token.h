/* The messages of SPNEGO (RFC 4178 section 4.2, [MS-SPNG] 2.2.1): what is on the wire, no more.
 * Inside this room only. All views point into the token that was read; an absent OPTIONAL field and
 * an OCTET STRING of size 0 are both an empty view, because peers write either. Readers:
 * ST_BAD_TOKEN for anything malformed, with trailing bytes, or not this message. Unknown context
 * tags behind the known ones are skipped: both types end in an extension marker. Writers append to W,
 * whose status says what failed. Fields that are empty views are left out.
 */
#ifndef SPNEGO_NEG_TOKEN_H
#define SPNEGO_NEG_TOKEN_H

#include "base/der.h"

struct neg_token_init {
    struct bytes mech_types; /* the DER of MechTypeList, tag and length included: what is MICed */
    struct bytes mech_token;
    struct bytes mech_list_mic;
};

/* mech_types may be empty: it is OPTIONAL in [MS-SPNG] 2.2.1. Hints are checked and forgotten. */
struct neg_token_init2 {
    struct bytes mech_types;
    struct bytes mech_token;
    struct bytes hint_name;
    struct bytes mech_list_mic;
};

enum neg_state {
    NEG_ACCEPT_COMPLETED = 0,
    NEG_ACCEPT_INCOMPLETE = 1,
    NEG_REJECT = 2,
    NEG_REQUEST_MIC = 3,
    NEG_STATE_ABSENT = 4, /* not a value of the wire */
};

struct neg_token_resp {
    enum neg_state neg_state;
    struct bytes supported_mech; /* contents octets of the OID */
    struct bytes response_token;
    struct bytes mech_list_mic;
};

MUST_USE enum status neg_token_init_read(struct bytes token, struct neg_token_init *init);
void neg_token_init_write(const struct neg_token_init *init, struct writer *w);
MUST_USE enum status neg_token_init2_read(struct bytes token, struct neg_token_init2 *init);
void neg_token_init2_write(const struct neg_token_init2 *init, struct writer *w);
MUST_USE enum status neg_token_resp_read(struct bytes token, struct neg_token_resp *resp);
void neg_token_resp_write(const struct neg_token_resp *resp, struct writer *w);

/* MechTypeList as a reader on its OIDs: call with the DER of the list, then der_get(&r, DER_OID)
 * while reader_left. The list has been checked by the message's reader. */
struct reader mech_type_list_open(struct bytes mech_types);

/* The DER of MechTypeList for COUNT OIDs (contents octets). */
void mech_type_list_write(const struct bytes *oids, size_t count, struct writer *w);

/* InitialContextToken (RFC 2743 3.1): a reader on what follows the OID, which *OID gets. The reader
 * has failed if TOKEN is not so framed or has bytes behind. */
struct reader gss_framing_open(struct bytes token, struct bytes *oid);

/* Pieces that the messages share. An EXPLICIT tag N around one value: absent is an empty view;
 * anything else than exactly one TLV of TAG fails R. */
struct bytes neg_field(struct reader *r, unsigned n, uint8_t tag);

/* [0] MechTypeList OPTIONAL with each OID looked at. */
struct bytes neg_field_mech_types(struct reader *r);

/* Skips what the extension marker allows (RFC 4178 section 6): fields behind LAST, the last that is
 * known. True if R then is at its end in order. */
bool neg_fields_end(struct reader *r, unsigned last);

/* Bytes of [N] TAG CONTENTS, and writing it: nothing if CONTENTS is empty. */
size_t neg_field_size(struct bytes contents);
void neg_put_field(struct writer *w, unsigned n, uint8_t tag, struct bytes contents);

/* The same of [0] LIST, whose DER is there already. */
size_t neg_mech_types_size(struct bytes list);
void neg_put_mech_types(struct writer *w, struct bytes list);

/* All that is in front of the fields, of FIELDS bytes, of a NegTokenInit or NegTokenInit2, and of a NegTokenResp: where W
 * will be at the end of the message, for neg_close to hold what was written against what was reckoned (ST_INTERNAL). */
size_t neg_open_init(struct writer *w, size_t fields);
size_t neg_open_resp(struct writer *w, size_t fields);
void neg_close(struct writer *w, size_t end);

#endif
