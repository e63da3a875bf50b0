/* The scanning half of leftovers.c: a process that knows the secrets of a login looks for them in
 * the memory of the one that made it. What it is told comes masked, so that telling leaves nothing
 * to be found; everything else it works out for itself. */
#ifndef TESTS_WIN_LEFTOVERS_SCAN_H
#define TESTS_WIN_LEFTOVERS_SCAN_H

#include "../sspi_test.h"
#include "../accounts.h"

enum { MASK = 0xA7, PASSWORD_UNITS = 22, SECRET = 16, HALF = 8, BODY = 64, NEEDLES_MAX = 64 };

/* What the scanned process writes to a file. */
struct record {
    unsigned client_password, account_password;
    BOOL session;               /* there was one: the next three hold something */
    BOOL messages;              /* one of BODY bytes was sealed each way */
    BYTE masked_session_key[SECRET];
    BYTE proof[SECRET];         /* NTProofStr, as sent */
};

/* Password number N, unit I: nowhere in the program as text. */
static WCHAR password_unit(unsigned n, unsigned i)
{
    static const WCHAR masked[PASSWORD_UNITS] = {'L' ^ MASK, 'e' ^ MASK, 'f' ^ MASK, 't' ^ MASK,
            '/' ^ MASK, 'O' ^ MASK, 'v' ^ MASK, 'e' ^ MASK, 'r' ^ MASK, ' ' ^ MASK, 'n' ^ MASK,
            'o' ^ MASK, 't' ^ MASK, 'h' ^ MASK, 'i' ^ MASK, 'n' ^ MASK, 'g' ^ MASK, '!' ^ MASK,
            'q' ^ MASK, 'z' ^ MASK, 'j' ^ MASK, 'A' ^ MASK};
    static const volatile WCHAR mask = MASK;
    WCHAR unit = masked[i] ^ mask;

    /* The number at both ends, so that either half tells which it was. */
    return i == 1 || i == PASSWORD_UNITS - 1 ? unit + n : unit;
}

static BYTE canary_byte(unsigned i)
{
    static const volatile BYTE mask = MASK;
    return (BYTE)(i * 29 + 113) ^ mask;
}

struct needle {
    const char *words;
    BYTE bytes[24];
    unsigned size, found;
    BOOL lives; /* is there while the login is */
    const BYTE *where; /* it was found last */
};

static struct needle needles[NEEDLES_MAX];
static unsigned needle_count;

static void add(const char *words, const void *bytes, unsigned size, BOOL lives)
{
    struct needle *n = &needles[needle_count++];
    ok(needle_count <= NEEDLES_MAX && size <= sizeof(n->bytes), "too many needles\n");
    *n = (struct needle){words, {0}, size, 0, lives, NULL};
    memcpy(n->bytes, bytes, size);
}

/* Half a key is as bad as a whole one, nearly: each half is looked for. */
static void add_secret(const char *words, const BYTE secret[SECRET], BOOL lives)
{
    add(words, secret, HALF, lives);
    add(words, secret + HALF, HALF, lives);
}

/* ---- the cryptography of [MS-NLMP], from what Windows has ---- */

struct md5 {
    ULONG i[2], state[4];
    BYTE in[64], digest[SECRET];
};

static struct {
    void(WINAPI *init)(struct md5 *);
    void(WINAPI *update)(struct md5 *, const void *, unsigned);
    void(WINAPI *final)(struct md5 *);
} md5;

static void load_md5(void)
{
    HMODULE module = LoadLibraryA("advapi32.dll");
    md5.init = (void *)GetProcAddress(module, "MD5Init");
    md5.update = (void *)GetProcAddress(module, "MD5Update");
    md5.final = (void *)GetProcAddress(module, "MD5Final");
}

static void hash2(const void *a, unsigned a_size, const void *b, unsigned b_size, BYTE out[SECRET])
{
    struct md5 c;
    md5.init(&c);
    md5.update(&c, a, a_size);
    md5.update(&c, b, b_size);
    md5.final(&c);
    memcpy(out, c.digest, SECRET);
}

static void pad_key(const BYTE key[SECRET], BYTE with, BYTE pad[64])
{
    int i;
    for (i = 0; i < 64; i++)
        pad[i] = (i < SECRET ? key[i] : 0) ^ with;
}

static void hmac(const BYTE key[SECRET], const void *data, unsigned size, BYTE out[SECRET])
{
    BYTE pad[64], inner[SECRET];
    pad_key(key, 0x36, pad);
    hash2(pad, 64, data, size, inner);
    pad_key(key, 0x5C, pad);
    hash2(pad, 64, inner, SECRET, out);
}

/* A key, and the two blocks that HMAC makes of it. */
static void add_hmac_key(const char *words, const BYTE key[SECRET], BOOL lives)
{
    BYTE pad[64];
    add_secret(words, key, lives);
    pad_key(key, 0x36, pad);
    add(words, pad, SECRET, FALSE);
    pad_key(key, 0x5C, pad);
    add(words, pad, SECRET, FALSE);
}

/* MD5's state after the first block of HMAC: signs like the key itself. */
static void add_hmac_state(const char *words, const BYTE key[SECRET], BOOL lives)
{
    BYTE pad[64];
    struct md5 c;
    pad_key(key, 0x36, pad);
    md5.init(&c);
    md5.update(&c, pad, 64);
    add_secret(words, (BYTE *)c.state, lives);
}

/* The beginning of RC4's table after so many bytes. */
static void rc4_table(const BYTE key[SECRET], unsigned bytes, BYTE out[SECRET])
{
    BYTE s[256], t, i = 0, j = 0;
    unsigned n;
    for (n = 0; n < 256; n++)
        s[n] = n;
    for (n = 0; n < 256; n++) {
        j += s[n] + key[n % SECRET];
        t = s[n], s[n] = s[j], s[j] = t;
    }
    for (j = 0; bytes; bytes--) {
        j += s[++i];
        t = s[i], s[i] = s[j], s[j] = t;
    }
    memcpy(out, s, SECRET);
}

/* ---- what there is to be found ---- */

static void add_password(unsigned number, BOOL account)
{
    WCHAR wide[PASSWORD_UNITS + 1] = {0};
    char text[PASSWORD_UNITS], hex[33];
    BYTE hash[SECRET];
    int i;

    for (i = 0; i < PASSWORD_UNITS; i++)
        text[i] = wide[i] = password_unit(number, i);
    if (!account) { /* the server never has the password */
        add("password in UTF-16", wide, 12, FALSE);
        add("password in UTF-16, its end", wide + PASSWORD_UNITS - 6, 12, FALSE);
        add("password in the ANSI code page", text, 11, FALSE);
        add("password in the ANSI code page, its end", text + PASSWORD_UNITS - 11, 11, FALSE);
    }
    nt_hash(wide, hash);
    add_hmac_key(account ? "the account's NT hash" : "NT hash", hash, !account);
    for (i = 0; i < 16; i++)
        sprintf(hex + 2 * i, "%02X", hash[i]);
    add("NT hash in the account file's text", hex, 16, FALSE);
    add("NT hash in the account file's text, its end", hex + 16, 16, FALSE);
}

/* NTOWFv2 and SessionBaseKey: 3.3.2. USER is NON_ASCII in upper case, the domain empty. */
static void add_logon_keys(const struct record *r)
{
    static const WCHAR upper[] = L"J\x00dcRGEN";
    WCHAR wide[PASSWORD_UNITS + 1] = {0};
    BYTE hash[SECRET], response_key[SECRET], base[SECRET];
    int i;

    for (i = 0; i < PASSWORD_UNITS; i++)
        wide[i] = password_unit(r->client_password, i);
    nt_hash(wide, hash);
    hmac(hash, upper, sizeof(upper) - sizeof(WCHAR), response_key);
    hmac(response_key, r->proof, SECRET, base);
    add_hmac_key("ResponseKeyNT", response_key, FALSE);
    add_secret("SessionBaseKey", base, FALSE);
}

/* One direction's keys: 3.4.5.2, 3.4.5.3. */
static void add_direction(const BYTE key[SECRET], const char *name, BOOL messages)
{
    char magic[100];
    BYTE sign[SECRET], seal[SECRET], table[SECRET];

    sprintf(magic, "session key to %s signing key magic constant", name);
    hash2(key, SECRET, magic, strlen(magic) + 1, sign);
    sprintf(magic, "session key to %s sealing key magic constant", name);
    hash2(key, SECRET, magic, strlen(magic) + 1, seal);
    add_secret("signing key", sign, FALSE);
    add_hmac_state("HMAC state of the signing key", sign, messages);
    add_secret("sealing key", seal, FALSE);
    rc4_table(seal, 0, table);
    add_secret("RC4 table", table, FALSE);
    rc4_table(seal, BODY + 8, table); /* the checksum is encrypted as well */
    add_secret("RC4 table after a message", table, messages);
}

static void add_session(const struct record *r)
{
    BYTE key[SECRET];
    int i;

    for (i = 0; i < SECRET; i++)
        key[i] = r->masked_session_key[i] ^ MASK;
    add_secret("session key", key, TRUE);
    add_direction(key, "client-to-server", r->messages);
    add_direction(key, "server-to-client", r->messages);
}

/* ---- looking ---- */

/* SIZE bytes that lie at ORIGIN in the other process; OVERLAP of them have been looked at. */
static void look(const BYTE *at, size_t size, size_t overlap, const BYTE *origin)
{
    static BOOL begins[65536];
    size_t i;
    unsigned n;

    if (!begins[needles[0].bytes[0] | needles[0].bytes[1] << 8])
        for (n = 0; n < needle_count; n++)
            begins[needles[n].bytes[0] | needles[n].bytes[1] << 8] = TRUE;
    for (i = 0; i + 1 < size; i++)
        for (n = 0; begins[at[i] | at[i + 1] << 8] && n < needle_count; n++)
            if (i + needles[n].size <= size && i + needles[n].size > overlap &&
                    !memcmp(at + i, needles[n].bytes, needles[n].size)) {
                needles[n].found++;
                needles[n].where = origin + i;
            }
}

/* Returns the bytes looked at. */
static size_t look_at_region(HANDLE process, const MEMORY_BASIC_INFORMATION *region)
{
    enum { CHUNK = 1 << 20, OVERLAP = 23 };
    static BYTE room[CHUNK + OVERLAP];
    size_t done = 0, kept = 0;
    SIZE_T got;

    while (done < region->RegionSize) {
        size_t want = min(CHUNK, region->RegionSize - done);
        if (!ReadProcessMemory(process, (BYTE *)region->BaseAddress + done, room + kept, want, &got))
            break;
        look(room, kept + got, kept, (BYTE *)region->BaseAddress + done - kept);
        done += got;
        want = min(OVERLAP, kept + got);
        memmove(room, room + kept + got - want, want);
        kept = want;
    }
    return done;
}

static size_t look_at_process(HANDLE process)
{
    MEMORY_BASIC_INFORMATION region;
    BYTE *at = NULL;
    size_t total = 0;

    for (; VirtualQueryEx(process, at, &region, sizeof(region)); at += region.RegionSize) {
        at = region.BaseAddress;
        if (region.State == MEM_COMMIT && !(region.Protect & (PAGE_NOACCESS | PAGE_GUARD)))
            total += look_at_region(process, &region);
    }
    return total;
}

/* What WHERE is part of: a module, a stack, a heap. */
static void *allocation_of(HANDLE process, const void *where)
{
    MEMORY_BASIC_INFORMATION region = {0};
    VirtualQueryEx(process, where, &region, sizeof(region));
    return region.AllocationBase;
}

/* scan PID RECORD alive|dead */
static void scan(DWORD pid, const char *path, BOOL alive)
{
    HANDLE process = OpenProcess(PROCESS_VM_READ | PROCESS_QUERY_INFORMATION, FALSE, pid),
           file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    struct record r;
    BYTE canary[SECRET];
    DWORD got;
    size_t total;
    unsigned i;

    ok(process && ReadFile(file, &r, sizeof(r), &got, NULL) && got == sizeof(r), "no record\n");
    CloseHandle(file);
    load_md5();
    for (i = 0; i < SECRET; i++)
        canary[i] = canary_byte(i);
    add("canary", canary, SECRET, TRUE);
    add_password(r.client_password, FALSE);
    add_password(r.account_password, TRUE);
    if (r.session) {
        add_logon_keys(&r);
        add_session(&r);
    }
    total = look_at_process(process);
    ok(total > 1000000, "only %u bytes could be read\n", (unsigned)total);
    ok(needles[0].found == 2, "the canaries were found %u times\n", needles[0].found);
    for (i = 1; i < needle_count; i++)
        if (alive && needles[i].lives)
            ok(needles[i].found, "%s %u: not found, so not rightly looked for\n", needles[i].words,
                    i);
        else if (!alive)
            ok(!needles[i].found, "%s %u: left %u times, at %p in %p\n", needles[i].words, i,
                    needles[i].found, needles[i].where, allocation_of(process, needles[i].where));
    CloseHandle(process);
}

/* write PATH NUMBER: the account file, with that password. */
static void write_accounts(const char *path, unsigned number)
{
    WCHAR password[PASSWORD_UNITS + 1] = {0};
    struct account account = {NON_ASCII, L"", password};
    int i;

    for (i = 0; i < PASSWORD_UNITS; i++)
        password[i] = password_unit(number, i);
    strcpy(store.path, path);
    store_write(&account, 1, PRIVATE_FILE);
}

#endif
