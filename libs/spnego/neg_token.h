/* The messages of SPNEGO (RFC 4178 section 4.2, [MS-SPNG] 2.2.1): what is on the wire, no more.
 * Inside this room only. All views point into the token that was read; an absent OPTIONAL field and
 * an OCTET STRING of size 0 are both an empty view, because peers write either. Readers:
 * ST_BAD_TOKEN for anything malformed, with trailing bytes, or not this message. Unknown context
 * tags behind the known ones are skipped: both types end in an extension marker. Writers: OUT is
 * replaced; ST_NO_MEMORY. Fields that are empty views are left out.
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
MUST_USE enum status neg_token_init_write(const struct neg_token_init *init, struct blob *out);
MUST_USE enum status neg_token_init2_read(struct bytes token, struct neg_token_init2 *init);
MUST_USE enum status neg_token_init2_write(const struct neg_token_init2 *init, struct blob *out);
MUST_USE enum status neg_token_resp_read(struct bytes token, struct neg_token_resp *resp);
MUST_USE enum status neg_token_resp_write(const struct neg_token_resp *resp, struct blob *out);

/* MechTypeList as a reader on its OIDs: call with the DER of the list, then der_get(&r, DER_OID)
 * while reader_left. The list has been checked by the message's reader. */
struct reader mech_type_list_open(struct bytes mech_types);

/* The DER of MechTypeList for COUNT OIDs (contents octets). */
MUST_USE enum status mech_type_list_write(const struct bytes *oids, size_t count, struct blob *out);

/* InitialContextToken (RFC 2743 3.1): a reader on what follows the OID, which *OID gets. The reader
 * has failed if TOKEN is not so framed or has bytes behind. */
struct reader gss_framing_open(struct bytes token, struct bytes *oid);

/* More than the tags and lengths of any of the messages take, for writers that reserve their room at once. */
enum { NEG_FRAMES_SIZE = 96 };

/* Pieces that the messages share. An EXPLICIT tag N around one value: absent is an empty view;
 * anything else than exactly one TLV of TAG fails R. */
struct bytes neg_field(struct reader *r, unsigned n, uint8_t tag);

/* [0] MechTypeList OPTIONAL with each OID looked at. */
struct bytes neg_field_mech_types(struct reader *r);

/* Skips what the extension marker allows (RFC 4178 section 6): fields behind LAST, the last that is
 * known. True if R then is at its end in order. */
bool neg_fields_end(struct reader *r, unsigned last);

/* Writes [N] TAG CONTENTS, unless CONTENTS is empty. */
void neg_put_field(struct writer *w, unsigned n, uint8_t tag, struct bytes contents);

#endif
