/* Package lists: which packages an identity may be used with. */
#include "ssp/ssp.h"
#include "base/utf16.h"

struct names {
    const WCHAR *at;
    SIZE_T left; /* units */
};

struct name {
    const WCHAR *text;
    SIZE_T units;
    BOOL excluded; /* it had a '!' before it */
};

static BOOL is_blank(WCHAR c)
{
    return c == ' ' || c == '\t' || !c;
}

static void trim(struct name *n)
{
    for (; n->units && is_blank(*n->text); n->text++)
        n->units--;
    while (n->units && is_blank(n->text[n->units - 1]))
        n->units--;
}

/* What stands up to the next comma; FALSE: that was all. */
static BOOL next_name(struct names *list, struct name *n)
{
    SIZE_T units = 0;

    if (!list->left)
        return FALSE;
    while (units < list->left && list->at[units] != ',')
        units++;
    *n = (struct name){list->at, units, FALSE};
    units += units < list->left; /* the comma */
    list->at += units;
    list->left -= units;
    trim(n);
    if (n->units && *n->text == '!') {
        n->excluded = TRUE;
        n->text++;
        n->units--;
        trim(n);
    }
    return TRUE;
}

BOOL ssp_package_list_allows(struct bytes list, const WCHAR *package)
{
    struct names all = {(const WCHAR *)(const void *)list.data, list.size / sizeof(WCHAR)};
    struct bytes wanted = ssp_text(package);
    BOOL any = FALSE, found = FALSE;
    struct name n;

    while (next_name(&all, &n)) {
        BOOL same = utf16_equal_nocase(bytes_of(n.text, n.units * sizeof(WCHAR)), wanted);

        if (same && n.excluded)
            return FALSE;
        found |= same;
        any |= n.units && !n.excluded;
    }
    return found || !any;
}
