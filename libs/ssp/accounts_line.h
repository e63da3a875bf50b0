/* One line of an account file, read and written. Two forms, both of seven fields with ':' between:
 *     sam        user:domain:LM hash:NT hash:[flags]:EXP-hex:     WinPR's and ours
 *     smbpasswd  user:uid:LM hash:NT hash:[flags]:LCT-hex:        Samba's, smbpasswd(5)
 * Hashes are 32 hex digits; without an NT hash nobody logs in, the LM hash may be missing (X's). Flags are Samba's letters: D disabled,
 * L locked, W, S and I accounts of machines, which no user logs in with. EXP- is when a sam account
 * ends, in seconds since 1970 (UTC) in hex; empty: never. LCT- (last change) is not looked at.
 * Nothing here is Windows', so that tests/shape/logon-cost can count its instructions natively.
 */
#ifndef SSP_ACCOUNTS_LINE_H
#define SSP_ACCOUNTS_LINE_H

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"

enum account_form { ACCOUNT_FORM_SAM, ACCOUNT_FORM_SMBPASSWD };

struct account {
    uint8_t nt_hash[16];
    uint8_t lm_hash[16]; /* zeros without HAS_LM */
    bool has_lm;
    bool local; /* of no domain: this machine's own */
    bool disabled, locked;
    uint64_t expires; /* seconds since 1970, UTC; 0: never */
};

/* Views into the file, in UTF-8. */
struct account_line {
    struct bytes whole; /* with its newline */
    struct bytes user, domain, lm_hash, hash, flags, expiry;
    bool named;   /* false: comment or empty */
    bool account; /* false: not named, malformed or a machine's: kept as it is */
};

/* The next line of FILE, which has bytes left. */
struct account_line account_line_next(struct reader *file, enum account_form form);

/* OUT: what the line says. False: no hash that a password could have (as Samba's "NO PASSWORD" or
 * X's); OUT is then wiped. */
bool account_line_parse(const struct account_line *line, struct account *out);

/* UTF8 is a line's spelling, UTF16 the name that is looked for; without case. Takes the same time
 * whether they are equal or where they differ. ST_NO_MEMORY: nothing is known, *EQUAL is false. */
MUST_USE enum status account_name_equal(struct bytes utf8, struct bytes utf16, bool *equal);

/* All of FILE for USER and DOMAIN (UTF-16LE), the first account that fits in OUT, else zeros. */
enum account_answer {
    ACCOUNT_FOUND,
    ACCOUNT_UNUSABLE,  /* the user has lines for the domain, but none that anybody can log in with */
    ACCOUNT_UNKNOWN,   /* the file answers for the domain, or has no account at all */
    ACCOUNT_NOT_ASKED, /* all accounts are of other domains */
    ACCOUNT_NO_MEMORY, /* and so nobody knows */
};
enum account_answer accounts_search(struct bytes file, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out);

/* A whole line of the sam form. */
void account_line_write(
        struct writer *w, struct bytes user, struct bytes domain, const struct account *account);

/* UTF8 may stand in a field: no ':', no control characters; a user is not empty, and neither
 * begins with '#'. */
bool account_name_storable(struct bytes utf8, bool may_be_empty);

#endif
