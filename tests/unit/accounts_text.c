/* The text of account files (libs/ssp/accounts_line.h) as somebody hostile, careless or another
 * system writes it: what is no account of the form lets nobody in, and never hides the others. Who
 * has such a line is known all the same, and so never a guest: Windows' guest is for users that there
 * are none of (smb.conf(5) calls it "map to guest = Bad User"). */
#include "unit.h"
/* The two files know nothing of Windows, but their room is not built natively. */
#include "ssp/accounts_line.c"
#include "ssp/accounts_search.c"

#define U(s)  bytes_of(u"" s, sizeof(u"" s) - 2)
#define HASH  "A4F49C406510BDCAB6824EE7C30FD852" /* of "Password": [MS-NLMP] 4.2.2.1.2 */
#define LM    "E52CAC67419A9A224A3B108F3FA6CB6D" /* 4.2.2.1.1 */
#define OTHER "0123456789ABCDEF0123456789ABCDEF"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const uint8_t hash[16] = {0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e,
        0xe7, 0xc3, 0x0f, 0xd8, 0x52},
        lm_hash[16] = {0xe5, 0x2c, 0xac, 0x67, 0x41, 0x9a, 0x9a, 0x22, 0x4a, 0x3b, 0x10, 0x8f, 0x3f,
                0xa6, 0xcb, 0x6d};

static enum account_answer find(struct bytes file, struct account *out)
{
    /* Exactly as large as it says, so that the sanitizer sees the first byte beyond. */
    uint8_t *exact = malloc(file.size ? file.size : 1);

    if (file.size)
        memcpy(exact, file.data, file.size);
    memset(out, 0xEE, sizeof *out);
    enum account_answer a = accounts_search(
            bytes_of(exact, file.size), ACCOUNT_FORM_SAM, U("alice"), U("DOM"), out);
    free(exact);
    if (a != ACCOUNT_FOUND)
        CHECK(all_zero(out, sizeof *out));
    return a;
}

static void test_rows(void)
{
    const struct {
        struct bytes file;
        enum account_answer answer;
        const char *words;
    } rows[] = {
            {BYTES_LITERAL(""), ACCOUNT_UNKNOWN, "an empty file"},
            {BYTES_LITERAL("\n\n\r\n\r"), ACCOUNT_UNKNOWN, "empty lines"},
            {BYTES_LITERAL("alice:::" HASH ":::\n"), ACCOUNT_FOUND, "a line"},
            {BYTES_LITERAL("alice:::" HASH ":::"), ACCOUNT_FOUND, "no newline at its end"},
            {BYTES_LITERAL("alice:::" HASH), ACCOUNT_FOUND, "nor colons"},
            {BYTES_LITERAL("alice:::" HASH ":::\r\n"), ACCOUNT_FOUND, "CR LF"},
            {BYTES_LITERAL("alice:::" HASH "\r\n"), ACCOUNT_FOUND, "CR behind the hash"},
            {BYTES_LITERAL("\nbob:::" OTHER ":::\r\n\r\nALICE:dom::" HASH ":::"), ACCOUNT_FOUND,
                    "behind another"},
            {BYTES_LITERAL("\xEF\xBB\xBF" "alice:::" HASH ":::\n"), ACCOUNT_UNKNOWN,
                    "a byte order mark is part of the first name"},
            {BYTES_LITERAL("\xEF\xBB\xBF" "bob:::" OTHER ":::\nalice:::" HASH ":::\n"),
                    ACCOUNT_FOUND, "and of no other"},
            {BYTES_LITERAL("a\0l\0i\0c\0e\0:\0:\0:\0"), ACCOUNT_UNKNOWN, "UTF-16"},
            {BYTES_LITERAL("alice\0:::" HASH ":::\n"), ACCOUNT_UNKNOWN, "a NUL in the name"},
            {BYTES_LITERAL("al\0ice:::" HASH ":::\nalice:::" HASH ":::\n"), ACCOUNT_FOUND,
                    "hides nothing behind it"},
            {BYTES_LITERAL("\xFF\xFE:::" HASH ":::\nalice:::" HASH ":::\n"), ACCOUNT_FOUND,
                    "neither does a name that is no UTF-8"},
            {BYTES_LITERAL("alice\xC0\x80:::" HASH ":::\n"), ACCOUNT_UNKNOWN, "an overlong NUL"},
            {BYTES_LITERAL("#alice:::" HASH ":::\n"), ACCOUNT_UNKNOWN, "a comment"},
            {BYTES_LITERAL(" alice:::" HASH ":::\n"), ACCOUNT_UNKNOWN, "a blank in front"},
            {BYTES_LITERAL(":::" HASH ":::\n"), ACCOUNT_UNKNOWN, "no name"},
            {BYTES_LITERAL("alice\n:::" HASH ":::\n"), ACCOUNT_UNUSABLE, "broken in two"},
            {BYTES_LITERAL("alice:::\n" HASH ":::\n"), ACCOUNT_UNUSABLE, "before the hash"},
            {BYTES_LITERAL("alice::" HASH ":::\n"), ACCOUNT_UNUSABLE, "a field is missing"},
            {BYTES_LITERAL("alice:" HASH "::::\n"), ACCOUNT_UNKNOWN, "the hash as the domain"},
            {BYTES_LITERAL("alice::::" HASH ":::\n"), ACCOUNT_UNUSABLE, "a field too many"},
            {BYTES_LITERAL("alice:::" HASH "0:::\n"), ACCOUNT_UNUSABLE, "33 digits"},
            {BYTES_LITERAL("alice:::G" "123456789ABCDEF0123456789ABCDEF:::\n"), ACCOUNT_UNUSABLE,
                    "no hex digit"},
            {BYTES_LITERAL("alice:::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU]::\n"), ACCOUNT_UNUSABLE,
                    "Samba's account without a password"},
            {BYTES_LITERAL("alice:::XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:[DU]::\nbob:::" OTHER ":::\n"),
                    ACCOUNT_UNUSABLE, "or with one that nothing hashes to"},
            {BYTES_LITERAL("alice:::" HASH ":[W]::\n"), ACCOUNT_UNUSABLE, "a machine's"},
            {BYTES_LITERAL("alice:::*:::\nalice:::" HASH ":::\n"), ACCOUNT_FOUND,
                    "a line that is usable counts"},
            {BYTES_LITERAL("bob:::NO PASSWORDXXXXXXXXXXXXXXXXXXXXX:[NU]::\n"), ACCOUNT_UNKNOWN,
                    "another user's"},
            {BYTES_LITERAL("alice:BUILDERS::*:::\nbob:DOM::" OTHER ":::\n"), ACCOUNT_UNKNOWN,
                    "of another domain"},
            {BYTES_LITERAL("alice:BUILDERS::" HASH ":::\n"), ACCOUNT_NOT_ASKED, "another domain"},
            {BYTES_LITERAL("alice:D\0M::" HASH ":::\n"), ACCOUNT_NOT_ASKED, "a NUL in the domain"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct account account;
        enum account_answer a = find(rows[i].file, &account);

        if (a != rows[i].answer)
            printf("%s: %d, not %d\n", rows[i].words, a, rows[i].answer);
        CHECK(a == rows[i].answer);
        if (a == ACCOUNT_FOUND)
            CHECK(!memcmp(account.nt_hash, hash, 16) && !account.disabled && !account.locked);
    }
}

/* A hash or none: what is no hash is none, and all zeros, and the NT hash counts all the same. */
static void test_lm(void)
{
    const struct bytes none[] = {BYTES_LITERAL("alice:::" HASH ":::\n"),
            BYTES_LITERAL("alice::XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:" HASH ":::\n"),
            BYTES_LITERAL("alice::E52CAC67419A9A224A3B108F3FA6CB6:" HASH ":::\n"),
            BYTES_LITERAL("alice::E52CAC67419A9A224A3B108F3FA6CB6x:" HASH ":::\n")};
    struct account account;

    for (size_t i = 0; i < COUNT(none); i++) {
        CHECK(find(none[i], &account) == ACCOUNT_FOUND);
        CHECK(!account.has_lm && all_zero(account.lm_hash, 16));
        CHECK(!memcmp(account.nt_hash, hash, 16));
    }
    CHECK(find(BYTES_LITERAL("alice::" LM ":*:::\n"), &account) == ACCOUNT_UNUSABLE);
}

/* Of no domain: this machine's own. */
static void test_local(void)
{
    struct account account;

    CHECK(find(BYTES_LITERAL("alice:::" HASH ":::\n"), &account) == ACCOUNT_FOUND);
    CHECK(account.local);
    CHECK(find(BYTES_LITERAL("alice:dom::" HASH ":::\nalice:::" HASH ":::\n"), &account) ==
            ACCOUNT_FOUND);
    CHECK(!account.local);
}

/* A line without a hash leaves nothing of the half that it has. */
static void test_half(void)
{
    struct reader file = reader_on(BYTES_LITERAL("alice::" LM ":0123456789ABCDEF0123456789ABCDEx:::\n"));
    struct account_line line = account_line_next(&file, ACCOUNT_FORM_SAM);
    struct account account;

    memset(&account, 0xEE, sizeof account);
    CHECK(line.account && !account_line_parse(&line, &account));
    CHECK(all_zero(&account, sizeof account));
}

/* Of several lines for one name the first counts that can be read. */
static void test_twice(void)
{
    struct account account;

    CHECK(find(BYTES_LITERAL("alice:::" HASH ":[UD]::\nalice:::" HASH ":::\n"), &account) ==
            ACCOUNT_FOUND);
    CHECK(account.disabled);
    CHECK(find(BYTES_LITERAL("alice:::" HASH ":::\nalice:::" OTHER ":[UD]::\n"), &account) ==
            ACCOUNT_FOUND);
    CHECK(!account.disabled && !memcmp(account.nt_hash, hash, 16));
    CHECK(find(BYTES_LITERAL("alice:ELSE::" OTHER ":::\nAlice:::" HASH ":::\n"), &account) ==
            ACCOUNT_FOUND);
    CHECK(!memcmp(account.nt_hash, hash, 16));
}

/* Flags that are none disable: who left the bracket out meant one of them. smbpasswd's old form has a name there. */
static void test_flags(void)
{
    const struct {
        struct bytes file;
        enum account_form form;
        bool disabled;
    } rows[] = {
            {BYTES_LITERAL("alice:::" HASH ":[U]::\n"), ACCOUNT_FORM_SAM, false},
            {BYTES_LITERAL("alice:::" HASH ":[UD::\n"), ACCOUNT_FORM_SAM, true},
            {BYTES_LITERAL("alice:::" HASH ":UD]::\n"), ACCOUNT_FORM_SAM, true},
            {BYTES_LITERAL("alice:::" HASH ":D::\n"), ACCOUNT_FORM_SAM, true},
            {BYTES_LITERAL("alice:::" HASH ": [UD]::\n"), ACCOUNT_FORM_SAM, true},
            {BYTES_LITERAL("alice:::" HASH ":[U::\n"), ACCOUNT_FORM_SAM, true},
            {BYTES_LITERAL("alice:1:X:" HASH ":[U::\n"), ACCOUNT_FORM_SMBPASSWD, true},
            {BYTES_LITERAL("alice:1:X:" HASH ":Alice Doe::\n"), ACCOUNT_FORM_SMBPASSWD, false},
            {BYTES_LITERAL("alice:1:X:" HASH ":[UD ]::\n"), ACCOUNT_FORM_SMBPASSWD, true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct account account = {0};
        CHECK(accounts_search(rows[i].file, rows[i].form, U("alice"), U(""), &account) == ACCOUNT_FOUND);
        CHECK(account.disabled == rows[i].disabled);
    }
}

/* FILLER, 4 MiB of it in all, and then alice. */
static void test_large(struct bytes filler, enum account_answer want)
{
    enum { LARGE = 4 << 20 };
    struct bytes last = BYTES_LITERAL("\nalice:::" HASH ":::\n");
    uint8_t *text = malloc(LARGE);
    size_t size = 0;
    struct account account;

    while (size + filler.size + last.size <= LARGE) {
        memcpy(text + size, filler.data, filler.size);
        size += filler.size;
    }
    memcpy(text + size, last.data, last.size);
    CHECK(find(bytes_of(text, size + last.size), &account) == want);
    free(text);
}

/* No memory in any comparison: said, and nobody is found, not even who stands behind. */
static void test_no_memory(void)
{
    struct bytes file = BYTES_LITERAL("alice:::" HASH ":[UD]::\nalice:::" HASH ":::\n");
    struct account account;
    long n = 0;

    for (;; n++) {
        mem_fail_after(n);
        enum account_answer a = find(file, &account);
        bool struck = mem_fail_after(-1) < 0;
        CHECK(a == (struck ? ACCOUNT_NO_MEMORY : ACCOUNT_FOUND));
        if (!struck)
            break;
    }
    CHECK(n == 4); /* user and domain of two lines */
}

/* What is written is read again. */
static void test_written(void)
{
    struct account in = {.disabled = true, .expires = 1234567890}, out;
    struct writer w = {0};
    struct blob line = {0};

    memcpy(in.nt_hash, hash, 16);
    account_line_write(&w, BYTES_LITERAL("ALICE"), BYTES_LITERAL("dom"), &in);
    CHECK_STATUS(writer_finish(&w, &line), ST_OK);
    CHECK(find(blob_view(&line), &out) == ACCOUNT_FOUND);
    CHECK(out.disabled && !out.locked && out.expires == in.expires && !out.has_lm);
    CHECK(!memcmp(out.nt_hash, hash, 16));
    blob_free(&line);
    in.has_lm = true;
    memcpy(in.lm_hash, lm_hash, 16);
    w = (struct writer){0};
    account_line_write(&w, BYTES_LITERAL("alice"), BYTES_LITERAL(""), &in);
    CHECK_STATUS(writer_finish(&w, &line), ST_OK);
    CHECK(bytes_equal(blob_view(&line), BYTES_LITERAL("alice::" LM ":" HASH ":[UD]:EXP-0000499602D2:\n")));
    CHECK(find(blob_view(&line), &out) == ACCOUNT_FOUND);
    CHECK(out.has_lm && !memcmp(out.lm_hash, lm_hash, 16) && !memcmp(out.nt_hash, hash, 16));
    blob_free(&line);
}

int main(void)
{
    test_rows();
    test_local();
    test_lm();
    test_twice();
    test_flags();
    test_half();
    test_large(BYTES_LITERAL("x"), ACCOUNT_FOUND); /* one huge line */
    test_large(BYTES_LITERAL(":"), ACCOUNT_FOUND);
    test_large(BYTES_LITERAL("\0"), ACCOUNT_FOUND);
    test_large(BYTES_LITERAL("\n"), ACCOUNT_FOUND); /* four million lines */
    test_large(BYTES_LITERAL("u:::" OTHER ":::\n"), ACCOUNT_FOUND);
    test_large(BYTES_LITERAL("alice:::" HASH "\xFF"), ACCOUNT_FOUND);
    test_no_memory();
    test_written();
    return unit_end("accounts_text");
}
