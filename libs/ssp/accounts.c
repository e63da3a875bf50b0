/* The account store: lines of user:domain::nthash::: ; see accounts.h. */
#include "accounts.h"
#include "accounts_file.h"
#include "base/reader.h"
#include "base/writer.h"
#include "base/utf16.h"
#include "base/log.h"

BOOL accounts_path(WCHAR *path, DWORD capacity)
{
    DWORD size = capacity * sizeof *path;
    WCHAR raw[MAX_PATH];
    DWORD got;

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\opensspi", L"Accounts",
                RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, path, &size) == ERROR_SUCCESS &&
            path[0])
        return TRUE;
    wcscpy(raw, L"%ProgramData%\\opensspi\\accounts");
    got = ExpandEnvironmentStringsW(raw, path, capacity);
    return got && got <= capacity;
}

/* One line, split; views into the file. */
struct line {
    struct bytes whole; /* with its newline */
    struct bytes user, domain, hash;
    bool account; /* false: comment, empty or malformed: kept as it is */
};

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

static struct line next_line(struct reader *file)
{
    struct line line = {0};
    size_t from = file->at;
    struct bytes text = until(file, '\n');
    struct reader r = reader_on(text);

    line.whole = bytes_of(file->all.data + from, file->at - from);
    line.user = until(&r, ':');
    line.domain = until(&r, ':');
    until(&r, ':');
    line.hash = until(&r, ':');
    line.account = line.user.size && line.user.data[0] != '#' && line.hash.size == 32;
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

static bool same_name(struct bytes utf8, struct bytes utf16)
{
    struct blob name = {0};
    bool same =
            utf16_from_utf8(utf8, &name) == ST_OK && utf16_equal_nocase(blob_view(&name), utf16);
    blob_free(&name);
    return same;
}

enum status accounts_find(struct bytes user, struct bytes domain, struct account *out)
{
    WCHAR path[MAX_PATH];
    struct blob file = {0};
    struct account found = {{0}};
    bool known = false;

    wipe(out, sizeof *out);
    if (!accounts_path(path, ARRAYSIZE(path)))
        return ST_NO_AUTHORITY;
    enum status s = accounts_file_read(path, &file);
    if (s == ST_NOT_FOUND)
        log_error("accounts", "no account file %ls: add accounts with opensspi-passwd", path);
    if (s != ST_OK)
        return s == ST_NO_MEMORY ? s : ST_NO_AUTHORITY;

    /* The whole file is read whatever it holds, so that the place of an account cannot be timed. */
    struct reader r = reader_on(blob_view(&file));
    while (reader_left(&r)) {
        struct line line = next_line(&r);
        struct account candidate;
        if (!line.account || !same_name(line.user, user) ||
                (line.domain.size && !same_name(line.domain, domain)))
            continue;
        if (!known && parse_hash(line.hash, candidate.nt_hash)) {
            found = candidate;
            known = true;
        }
        wipe(&candidate, sizeof candidate); /* half a hash too */
    }
    blob_free(&file);
    if (known)
        *out = found;
    wipe(&found, sizeof found);
    return known ? ST_OK : ST_NOT_FOUND;
}

static bool storable(struct bytes utf8, bool may_be_empty)
{
    for (size_t i = 0; i < utf8.size; i++)
        if (utf8.data[i] < 0x20 || utf8.data[i] == ':' || utf8.data[i] == 0x7F)
            return false;
    return (utf8.size || may_be_empty) && (!utf8.size || utf8.data[0] != '#');
}

static void put_account(
        struct writer *w, struct bytes user, struct bytes domain, const struct account *account)
{
    static const char digits[] = "0123456789ABCDEF";

    writer_bytes(w, user);
    writer_u8(w, ':');
    writer_bytes(w, domain);
    writer_bytes(w, BYTES_LITERAL("::"));
    for (unsigned i = 0; i < 16; i++) {
        writer_u8(w, (uint8_t)digits[account->nt_hash[i] >> 4]);
        writer_u8(w, (uint8_t)digits[account->nt_hash[i] & 15]);
    }
    writer_bytes(w, BYTES_LITERAL(":::\n"));
}

/* The file with the account (NULL: without it) put in the place of every line that had its names.
 */
static enum status rewrite(
        const WCHAR *path, struct bytes user, struct bytes domain, const struct account *account)
{
    struct blob file = {0}, user8 = {0}, domain8 = {0}, contents = {0};
    struct writer w = {0};
    bool placed = false;

    enum status s = utf8_from_utf16(user, &user8);
    if (s == ST_OK)
        s = utf8_from_utf16(domain, &domain8);
    if (s == ST_OK && (!storable(blob_view(&user8), false) || !storable(blob_view(&domain8), true)))
        s = ST_BAD_ARGUMENT;
    if (s == ST_OK)
        s = accounts_file_read(path, &file);
    if (s == ST_NOT_FOUND && account)
        s = ST_OK;
    if (s != ST_OK)
        goto out;

    struct reader r = reader_on(blob_view(&file));
    while (reader_left(&r)) {
        struct line line = next_line(&r);
        bool same = line.account && same_name(line.user, user) && same_name(line.domain, domain);
        if (!same)
            writer_bytes(&w, line.whole);
        else if (account && !placed)
            put_account(&w, blob_view(&user8), blob_view(&domain8), account);
        placed = placed || same;
    }
    if (account && !placed) {
        if (file.size && file.data[file.size - 1] != '\n')
            writer_u8(&w, '\n');
        put_account(&w, blob_view(&user8), blob_view(&domain8), account);
    }
    s = writer_finish(&w, &contents);
    if (s == ST_OK)
        s = account || placed ? accounts_file_write(path, blob_view(&contents)) : ST_NOT_FOUND;
out:
    writer_free(&w);
    blob_free(&file);
    blob_free(&user8);
    blob_free(&domain8);
    blob_free(&contents);
    return s;
}

static enum status change(struct bytes user, struct bytes domain, const struct account *account)
{
    WCHAR path[MAX_PATH];

    if (!accounts_path(path, ARRAYSIZE(path)))
        return ST_BAD_ARGUMENT;
    HANDLE lock = accounts_file_lock(path);
    if (lock == INVALID_HANDLE_VALUE) {
        log_error("accounts", "cannot lock %ls: Windows error %lu", path, GetLastError());
        return ST_NO_AUTHORITY;
    }
    enum status s = rewrite(path, user, domain, account);
    accounts_file_unlock(lock);
    return s;
}

enum status accounts_set(struct bytes user, struct bytes domain, const struct account *account)
{
    return change(user, domain, account);
}

enum status accounts_remove(struct bytes user, struct bytes domain)
{
    return change(user, domain, NULL);
}

enum status accounts_list(
        void (*each)(void *self, struct bytes user, struct bytes domain), void *self)
{
    WCHAR path[MAX_PATH];
    struct blob file = {0};

    if (!accounts_path(path, ARRAYSIZE(path)))
        return ST_NO_AUTHORITY;
    enum status s = accounts_file_read(path, &file);
    if (s == ST_NOT_FOUND)
        return ST_OK;
    if (s != ST_OK)
        return s;
    struct reader r = reader_on(blob_view(&file));
    while (s == ST_OK && reader_left(&r)) {
        struct line line = next_line(&r);
        struct blob user = {0}, domain = {0};
        if (!line.account)
            continue;
        s = utf16_from_utf8(line.user, &user);
        if (s == ST_OK)
            s = utf16_from_utf8(line.domain, &domain);
        if (s == ST_OK)
            each(self, blob_view(&user), blob_view(&domain));
        blob_free(&user);
        blob_free(&domain);
    }
    blob_free(&file);
    return s;
}
