/* Changing the local store and listing it: for opensspi-passwd. */
#include "accounts.h"
#include "accounts_file.h"
#include "accounts_line.h"
#include "base/log.h"
#include "base/utf16.h"

/* The store being written anew. */
struct rewriting {
    struct bytes user, domain;  /* UTF-16LE */
    struct blob user8, domain8; /* UTF-8 */
    const struct account_edit *edit;
    struct blob file;
    struct writer w;
    bool found;
    bool no_password; /* what is meant has none to keep, and gets none */
};

static void apply(const struct account_edit *edit, struct account *account)
{
    if (edit->nt_hash) {
        memcpy(account->nt_hash, edit->nt_hash, sizeof account->nt_hash);
        account->has_lm = false; /* the former password's */
    }
    if (edit->disable)
        account->disabled = true;
    if (edit->enable)
        account->disabled = account->locked = false;
    if (edit->set_expiry)
        account->expires = edit->expires;
}

static void write_account(struct rewriting *r, struct account *account)
{
    apply(r->edit, account);
    account_line_write(&r->w, blob_view(&r->user8), blob_view(&r->domain8), account);
}

static enum status is_meant(const struct rewriting *r, const struct account_line *line, bool *same)
{
    bool user, domain;
    enum status s = account_name_equal(line->user, r->user, &user);

    if (s == ST_OK)
        s = account_name_equal(line->domain, r->domain, &domain);
    *same = s == ST_OK && line->account && user && domain;
    return s;
}

/* The first line of that name is changed; more of them, made by hand, go. */
static enum status rewrite_line(struct rewriting *r, const struct account_line *line)
{
    struct account account = {0};
    bool same;
    enum status s = is_meant(r, line, &same);

    if (s != ST_OK)
        return s;
    if (!same)
        writer_bytes(&r->w, line->whole);
    else if (!r->edit->remove && !r->found) {
        bool usable = account_line_parse(line, &account);
        if (usable || r->edit->nt_hash)
            write_account(r, &account);
        else /* no hash to keep */
            r->no_password = true;
    }
    r->found = r->found || same;
    wipe(&account, sizeof account);
    return ST_OK;
}

static void append(struct rewriting *r)
{
    struct account account = {0};

    if (r->file.size && r->file.data[r->file.size - 1] != '\n')
        writer_u8(&r->w, '\n');
    write_account(r, &account);
    wipe(&account, sizeof account);
}

static enum status start(struct rewriting *r, const WCHAR *path)
{
    enum status s = utf8_from_utf16(r->user, &r->user8);

    if (s == ST_OK)
        s = utf8_from_utf16(r->domain, &r->domain8);
    if (s == ST_OK && (!account_name_storable(blob_view(&r->user8), false) ||
                              !account_name_storable(blob_view(&r->domain8), true)))
        s = ST_BAD_ARGUMENT;
    if (s == ST_OK)
        s = accounts_file_read(path, &r->file);
    return s == ST_NOT_FOUND && r->edit->add ? ST_OK : s;
}

static enum status rewrite(struct rewriting *r, const WCHAR *path)
{
    struct blob contents = {0};
    enum status s = start(r, path);

    if (s != ST_OK)
        return s;
    struct reader file = reader_on(blob_view(&r->file));
    while (s == ST_OK && reader_left(&file)) {
        struct account_line line = account_line_next(&file, ACCOUNT_FORM_SAM);
        s = rewrite_line(r, &line);
    }
    if (s != ST_OK)
        return s;
    if (!r->found && !r->edit->add)
        return ST_NOT_FOUND;
    if (r->no_password) {
        log_error("accounts", "the account has no password to keep: add it anew; %ls stays", path);
        return ST_BAD_STATE;
    }
    if (!r->found)
        append(r);
    s = writer_finish(&r->w, &contents);
    if (s == ST_OK)
        s = accounts_file_write(path, blob_view(&contents));
    blob_free(&contents);
    return s;
}

static enum status rewrite_and_free(struct rewriting *r, const WCHAR *path)
{
    enum status s = rewrite(r, path);

    writer_free(&r->w);
    blob_free(&r->file);
    blob_free(&r->user8);
    blob_free(&r->domain8);
    return s;
}

enum status accounts_edit(struct bytes user, struct bytes domain, const struct account_edit *edit)
{
    struct rewriting r = {.user = user, .domain = domain, .edit = edit};
    WCHAR path[MAX_PATH];

    if (!accounts_path(path, ARRAYSIZE(path)))
        return ST_NO_AUTHORITY;
    HANDLE lock = accounts_file_lock(path);
    if (lock == INVALID_HANDLE_VALUE) {
        log_error("accounts", "cannot lock %ls: Windows error %lu", path, GetLastError());
        return ST_NO_AUTHORITY;
    }
    enum status s = rewrite_and_free(&r, path);
    accounts_file_unlock(lock);
    return s;
}

typedef void (*visit)(
        void *self, struct bytes user, struct bytes domain, const struct account *account);

static enum status show(const struct account_line *line, visit each, void *self)
{
    struct account account = {0};
    struct blob user = {0}, domain = {0};
    enum status s = utf16_from_utf8(line->user, &user);

    if (s == ST_OK)
        s = utf16_from_utf8(line->domain, &domain);
    if (s == ST_OK && account_line_parse(line, &account))
        each(self, blob_view(&user), blob_view(&domain), &account);
    blob_free(&user);
    blob_free(&domain);
    wipe(&account, sizeof account);
    return s == ST_BAD_ARGUMENT ? ST_OK : s; /* a line that is no UTF-8 names nobody */
}

enum status accounts_list(visit each, void *self)
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
        struct account_line line = account_line_next(&r, ACCOUNT_FORM_SAM);
        if (line.account)
            s = show(&line, each, self);
    }
    blob_free(&file);
    return s;
}
