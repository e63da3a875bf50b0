/* A ClientHello that asks a DTLS server for a cookie, and comes back with it: that, and nothing else, is
 * taken. The input: two bytes that say where the hello is changed when it comes back and how, then the
 * hello in its datagram. */
#include <string.h>
#include "fuzz.h"
#include "tls/tls.h"

/* As in dtls_datagrams.c: DTLS 1.2, no cookie; its parts are a record's and a message's head (25 bytes), version,
 * random, an empty session id, an empty cookie, suites, compression, extensions. */
#define HELLO                                                                                      \
    "16fefd00000000000000000052" "010000460000000000000046" "fefd"                                      \
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                             \
    "00" "00" "0002c02b" "0100" "001a"                                                             \
    "000a000400020017" "000d000400020403" "000b00020100" "00170000"

static const char *const list[] = {"1000" HELLO, "3c01" HELLO, "5b80" HELLO, NULL};
const char *const *fuzz_seeds = list;

enum { HEADS = 25, FIXED = 34, COOKIE = 32, ROOM = 9000 };
static const uint8_t secret[32] = {7}, former[32] = {8}, strange[32] = {9};

void fuzz_prepare(void)
{
}

static enum status ask(const uint8_t key[32], struct bytes address, struct bytes hello, struct blob *answer)
{
    struct bytes secrets[2] = {bytes_of(key, 32), bytes_of(former, 32)};
    blob_free(answer);
    return tls_cookie_check(secrets, 2, address, hello, answer);
}

static void put_u24(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 16);
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)value;
}

/* HELLO, which has an empty cookie at *AT, with COOKIE there and its lengths as they have to be. */
static size_t repeat(struct bytes hello, const uint8_t cookie[COOKIE], uint8_t out[ROOM], size_t *at)
{
    *at = HEADS + FIXED + 1 + hello.data[HEADS + FIXED];
    memcpy(out, hello.data, *at);
    out[*at] = COOKIE;
    memcpy(out + *at + 1, cookie, COOKIE);
    memcpy(out + *at + 1 + COOKIE, hello.data + *at + 1, hello.size - *at - 1);
    size_t size = hello.size + COOKIE, body = size - HEADS;
    put_u24(out + 14, body);
    put_u24(out + 22, body);
    out[11] = (uint8_t)((size - 13) >> 8);
    out[12] = (uint8_t)(size - 13);
    return size;
}

/* The datagram is the one record. */
static bool is_alone(struct bytes hello)
{
    return hello.size == 13 + (size_t)(hello.data[11] << 8 | hello.data[12]);
}

/* Behind the compression methods nothing is covered: a server reads extensions when it has a session. */
static size_t covered_end(const uint8_t *hello, size_t at)
{
    at += 1 + COOKIE;
    at += 2 + (size_t)(hello[at] << 8 | hello[at + 1]);
    return at + 1 + hello[at];
}

static void come_back(struct bytes hello, const uint8_t cookie[COOKIE], uint8_t where, uint8_t how)
{
    uint8_t again[ROOM];
    size_t at, size = repeat(hello, cookie, again, &at);
    struct blob answer = {0};
    struct bytes here = BYTES_LITERAL("here"), sent = bytes_of(again, size);
    FUZZ_HOLDS(ask(secret, here, sent, &answer) == ST_OK && !answer.size);
    FUZZ_HOLDS(ask(strange, here, sent, &answer) == ST_CONTINUE);
    FUZZ_HOLDS(ask(secret, BYTES_LITERAL("her"), sent, &answer) == ST_CONTINUE);
    size_t changed = HEADS + where % (covered_end(again, at) - HEADS);
    again[changed] ^= how;
    FUZZ_HOLDS((ask(secret, here, sent, &answer) == ST_OK) == !how);
    blob_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob answer = {0};
    if (size < 2 || size > ROOM - 100)
        return 0;
    struct bytes hello = bytes_of(data + 2, size - 2);
    enum status status = ask(secret, BYTES_LITERAL("here"), hello, &answer);
    FUZZ_HOLDS(status == ST_CONTINUE || status == ST_BAD_TOKEN); /* no one guesses a cookie */
    FUZZ_HOLDS((status == ST_CONTINUE) == (answer.size != 0) && answer.size <= 60);
    /* HelloVerifyRequest ends with the cookie (RFC 6347 4.2.1). */
    if (status == ST_CONTINUE && is_alone(hello) &&
            hello.data[HEADS + FIXED + 1 + hello.data[HEADS + FIXED]] == 0) {
        uint8_t cookie[COOKIE];
        memcpy(cookie, answer.data + answer.size - COOKIE, COOKIE);
        come_back(hello, cookie, data[0], data[1]);
    }
    blob_free(&answer);
    return 0;
}
