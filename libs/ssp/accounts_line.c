/* The text of an account file; the forms are drawn in accounts_line.h. */
#include "accounts_line.h"
#include <string.h>

static struct bytes until(struct reader *r, uint8_t end)
{
    size_t from = r->at;
    while (reader_left(r) && r->all.data[r->at] != end)
        reader_skip(r, 1);
    struct bytes field = bytes_of(r->all.data + from, r->at - from);
    if (reader_left(r))
        reader_skip(r, 1);
    return field;
}

static struct bytes without_cr(struct bytes text)
{
    bool cr = text.size && text.data[text.size - 1] == '\r';
    return bytes_of(text.data, text.size - cr);
}

static bool bracketed(struct bytes flags)
{
    return flags.size && flags.data[0] == '[';
}

static bool whole(struct bytes flags)
{
    return bracketed(flags) && memchr(flags.data, ']', flags.size);
}

static bool has_flag(struct bytes flags, char letter)
{
    for (size_t i = 0; bracketed(flags) && i < flags.size; i++)
        if (flags.data[i] == (uint8_t)letter)
            return true;
    return false;
}

static bool machine(struct bytes flags)
{
    return has_flag(flags, 'W') || has_flag(flags, 'S') || has_flag(flags, 'I');
}

struct account_line account_line_next(struct reader *file, enum account_form form)
{
    struct account_line line = {0};
    size_t from = file->at;
    struct bytes text = without_cr(until(file, '\n'));
    struct reader r = reader_on(text);
    bool sam = form == ACCOUNT_FORM_SAM;

    line.whole = bytes_of(file->all.data + from, file->at - from);
    line.user = until(&r, ':');
    struct bytes second = until(&r, ':'); /* smbpasswd: the Unix user's number */
    line.lm_hash = until(&r, ':');
    line.hash = until(&r, ':');
    line.flags = until(&r, ':'); /* smbpasswd, the old form: something else, not in brackets */
    struct bytes sixth = until(&r, ':'); /* smbpasswd: when the password was changed */
    line.domain = sam ? second : bytes_of(NULL, 0);
    line.expiry = sam ? sixth : bytes_of(NULL, 0);
    if (!sam && !bracketed(line.flags))
        line.flags = bytes_of(NULL, 0);
    line.named = line.user.size && line.user.data[0] != '#';
    line.account = line.named && line.hash.size == 32 && !machine(line.flags);
    return line;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool parse_hash(struct bytes hex, uint8_t out[16])
{
    for (unsigned i = 0; i < 16; i++) {
        int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* 0: never. What cannot be read has passed already: nobody gets in by a slip of the pen (nor with flags that are not whole). */
static uint64_t parse_expiry(struct bytes field)
{
    const struct bytes prefix = BYTES_LITERAL("EXP-");
    uint64_t seconds = 0;

    if (!field.size)
        return 0;
    if (field.size <= prefix.size || field.size > prefix.size + 12 ||
            !bytes_equal(bytes_of(field.data, prefix.size), prefix))
        return 1;
    for (size_t i = prefix.size; i < field.size; i++) {
        int digit = hex_digit(field.data[i]);
        if (digit < 0)
            return 1;
        seconds = seconds << 4 | (uint64_t)digit;
    }
    return seconds ? seconds : 1;
}

bool account_line_parse(const struct account_line *line, struct account *out)
{
    out->disabled = has_flag(line->flags, 'D') || (line->flags.size && !whole(line->flags));
    out->locked = has_flag(line->flags, 'L');
    out->expires = parse_expiry(line->expiry);
    out->local = !line->domain.size;
    out->has_lm = line->lm_hash.size == 32 && parse_hash(line->lm_hash, out->lm_hash);
    if (!out->has_lm)
        wipe(out->lm_hash, sizeof out->lm_hash); /* half a hash too */
    if (parse_hash(line->hash, out->nt_hash))
        return true;
    wipe(out, sizeof *out); /* half a hash too */
    return false;
}

bool account_name_storable(struct bytes utf8, bool may_be_empty)
{
    for (size_t i = 0; i < utf8.size; i++)
        if (utf8.data[i] < 0x20 || utf8.data[i] == ':' || utf8.data[i] == 0x7F)
            return false;
    return (utf8.size || may_be_empty) && (!utf8.size || utf8.data[0] != '#');
}

static const char digits[] = "0123456789ABCDEF";

static void write_flags(struct writer *w, const struct account *account)
{
    if (!account->disabled && !account->locked)
        return;
    writer_bytes(w, BYTES_LITERAL("[U"));
    if (account->disabled)
        writer_u8(w, 'D');
    if (account->locked)
        writer_u8(w, 'L');
    writer_u8(w, ']');
}

static void write_expiry(struct writer *w, uint64_t seconds)
{
    if (!seconds)
        return;
    writer_bytes(w, BYTES_LITERAL("EXP-"));
    for (int shift = 44; shift >= 0; shift -= 4)
        writer_u8(w, (uint8_t)digits[seconds >> shift & 15]);
}

static void write_hash(struct writer *w, const uint8_t hash[16])
{
    for (unsigned i = 0; i < 16; i++) {
        writer_u8(w, (uint8_t)digits[hash[i] >> 4]);
        writer_u8(w, (uint8_t)digits[hash[i] & 15]);
    }
}

void account_line_write(
        struct writer *w, struct bytes user, struct bytes domain, const struct account *account)
{
    writer_bytes(w, user);
    writer_u8(w, ':');
    writer_bytes(w, domain);
    writer_u8(w, ':');
    if (account->has_lm)
        write_hash(w, account->lm_hash);
    writer_u8(w, ':');
    write_hash(w, account->nt_hash);
    writer_u8(w, ':');
    write_flags(w, account);
    writer_u8(w, ':');
    write_expiry(w, account->expires);
    writer_bytes(w, BYTES_LITERAL(":\n"));
}
