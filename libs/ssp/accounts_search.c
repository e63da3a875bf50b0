/* Finding an account in a file's text. Every line is looked at in full whoever is looked for, so
 * that neither an account's place nor its being there can be timed. */
#include "accounts_line.h"
#include "base/utf16.h"

static uint16_t unit_at(struct bytes text, size_t i)
{
    return i + 1 < text.size ? (uint16_t)(text.data[i] | text.data[i + 1] << 8) : 0;
}

enum status account_name_equal(struct bytes utf8, struct bytes utf16, bool *equal)
{
    struct blob name = {0};
    enum status s = utf16_from_utf8(utf8, &name);
    unsigned differs = s != ST_OK; /* what is no UTF-8 names nobody */

    differs |= name.size != utf16.size;
    for (size_t i = 0; i < utf16.size; i += 2)
        differs |= (unsigned)(utf16_upper(unit_at(blob_view(&name), i)) ^
                              utf16_upper(unit_at(utf16, i)));
    blob_free(&name);
    *equal = !differs;
    return s == ST_NO_MEMORY ? s : ST_OK;
}

struct search {
    struct bytes user, domain;
    struct account found;
    bool known;              /* there is a line to log in with */
    bool named;              /* there is a line at all: who has one is no stranger, so no guest */
    bool answers, accounts; /* for the domain; there are accounts at all */
    bool no_memory;
};

static void look_at(struct search *search, const struct account_line *line)
{
    struct account candidate = {0};
    bool here, same;

    /* A line that could not be compared might have been the one that says "disabled". */
    if (account_name_equal(line->domain, search->domain, &here) != ST_OK ||
            account_name_equal(line->user, search->user, &same) != ST_OK) {
        search->no_memory = true;
        return;
    }
    here = here || !line->domain.size;
    bool usable = line->account && account_line_parse(line, &candidate);

    search->accounts = search->accounts || line->account;
    search->answers = search->answers || (line->account && here);
    search->named = search->named || (here && same);
    if (usable && here && same && !search->known) {
        search->found = candidate;
        search->known = true;
    }
    wipe(&candidate, sizeof candidate);
}

enum account_answer accounts_search(struct bytes file, enum account_form form, struct bytes user,
        struct bytes domain, struct account *out)
{
    struct search search = {.user = user, .domain = domain};
    struct reader r = reader_on(file);

    while (reader_left(&r)) {
        struct account_line line = account_line_next(&r, form);
        if (line.named)
            look_at(&search, &line);
    }
    enum account_answer unknown = search.named                           ? ACCOUNT_UNUSABLE
                                  : search.answers || !search.accounts ? ACCOUNT_UNKNOWN
                                                                       : ACCOUNT_NOT_ASKED;
    if (search.no_memory) {
        wipe(&search.found, sizeof search.found);
        *out = search.found;
        return ACCOUNT_NO_MEMORY;
    }
    *out = search.found;
    wipe(&search.found, sizeof search.found);
    return search.known ? ACCOUNT_FOUND : unknown;
}
