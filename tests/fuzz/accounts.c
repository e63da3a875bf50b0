/* Account files. Whoever is found has a line of his own, whole, in the file; what is asked does not
 * change what is found; every line ends up somewhere. */
#include "fuzz.h"
#include <string.h>
#include "ssp/accounts_line.c" /* see tests/unit/accounts_text.c */
#include "ssp/accounts_search.c"

#define TEXT(s) bytes_of(u"" s, sizeof(u"" s) - 2)

/* sam and smbpasswd lines, as accounts_line.h draws them. */
static const char *const files[] = {
        "alice:::A4F49C406510BDCAB6824EE7C30FD852:::\n",
        "bob:BUILDERS::A4F49C406510BDCAB6824EE7C30FD852:[UD]:EXP-000012345678:\r\nalice:DOM::"
        "0123456789abcdef0123456789abcdef:::\n",
        "# a comment\n\nalice:::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[U]::\n",
        "alice:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:A4F49C406510BDCAB6824EE7C30FD852:[UL         "
        "]:LCT-5F0A1B2C:\nhost$:1001:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:"
        "0123456789ABCDEF0123456789ABCDEF:[W          ]:LCT-5F0A1B2C:\n",
        "J\xc3\xbcrgen:D\xc3\xbcm::A4F49C406510BDCAB6824EE7C30FD852:::",
};
static const char *list[sizeof files / sizeof *files + 1];
const char *const *fuzz_seeds = list;

void fuzz_prepare(void)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *hex = malloc(2 * strlen(files[i]) + 1);
        for (size_t n = 0; files[i][n]; n++)
            snprintf(hex + 2 * n, 3, "%02x", (uint8_t)files[i][n]);
        list[i] = hex;
    }
}

/* Lines, one after the other, are all of the file. */
static size_t usable_lines(struct bytes file, enum account_form form)
{
    struct reader r = reader_on(file);
    size_t total = 0, usable = 0;

    while (reader_left(&r)) {
        struct account_line line = account_line_next(&r, form);
        struct account account = {0};
        FUZZ_HOLDS(line.whole.size && line.whole.data == file.data + total);
        FUZZ_HOLDS(!line.account || line.hash.size == 32);
        usable += line.account && account_line_parse(&line, &account);
        total += line.whole.size;
    }
    FUZZ_HOLDS(total == file.size);
    return usable;
}

static void search(struct bytes file, enum account_form form)
{
    struct account one, again;
    size_t usable = usable_lines(file, form);
    enum account_answer a = accounts_search(file, form, TEXT("alice"), TEXT("DOM"), &one);

    FUZZ_HOLDS(a != ACCOUNT_NO_MEMORY);
    FUZZ_HOLDS(a != ACCOUNT_FOUND || usable);
    if (a != ACCOUNT_FOUND)
        FUZZ_HOLDS(all_zero(&one, sizeof one));
    FUZZ_HOLDS(accounts_search(file, form, TEXT("ALICE"), TEXT("dom"), &again) == a);
    FUZZ_HOLDS(!memcmp(one.nt_hash, again.nt_hash, 16) && one.disabled == again.disabled);
    if (!usable)
        FUZZ_HOLDS(accounts_search(file, form, TEXT("alice"), TEXT(""), &one) != ACCOUNT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    search(bytes_of(data, size), ACCOUNT_FORM_SAM);
    search(bytes_of(data, size), ACCOUNT_FORM_SMBPASSWD);
    return 0;
}
