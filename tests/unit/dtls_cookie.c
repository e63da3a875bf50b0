/* libs/tls: the cookie exchange, RFC 6347 4.2.1. The form of a HelloVerifyRequest and of a
 * ClientHello is that of the drawings there; GnuTLS as the client is the judge of ours. */
#include "dtls_net.h"

static uint8_t secret_a[32] = {1}, secret_b[32] = {2};
#define ADDRESS BYTES_LITERAL("\2\0\x30\x39\x7f\0\0\1")

static enum status check(struct bytes address, struct bytes hello, struct blob *answer)
{
    struct bytes secrets[2] = {OF(secret_a), OF(secret_b)};
    blob_free(answer);
    return tls_cookie_check(secrets, 2, address, hello, answer);
}

static void next_hello(struct net *n, struct bytes in, struct blob *hello)
{
    CHECK_STATUS(net_leg(n, true, in), ST_CONTINUE);
    CHECK_STATUS(tls_datagram_take(n->p->client.s, hello), ST_OK);
    CHECK(hello->size && !tls_datagram_waits(n->p->client.s));
}

static void check_answer(struct bytes hello, struct bytes answer)
{
    CHECK(answer.size == 60); /* 13 + 12 + 2 + 1 + 32: less than any ClientHello */
    CHECK(answer.size < hello.size);
    CHECK(answer.data[0] == 22 && answer.data[1] == 254 && answer.data[2] == 255);
    CHECK_BYTES(bytes_of(answer.data + 3, 8), bytes_of(hello.data + 3, 8)); /* its number */
    CHECK(answer.data[13] == 3 && !answer.data[17] && !answer.data[18]);    /* message 0 */
    CHECK(answer.data[25] == 254 && answer.data[26] == 255 && answer.data[27] == 32);
}

static void goes_on(struct net *n, struct bytes hello)
{
    CHECK_STATUS(tls_session_set_hello(n->p->server.s, hello), ST_OK);
    CHECK_STATUS(net_leg(n, false, hello), ST_CONTINUE);
    (void)net_flush(n, false);
    for (int i = 0; i < 20 && !(n->client_done && n->server_done); i++)
        (void)net_deliver(n, !(i & 1));
    CHECK(n->client_done && n->server_done);
}

/* Every bit of what the cookie stands for; every cut. */
static void forged(const struct blob *hello)
{
    struct blob answer = {0};
    uint8_t copy[2000];
    size_t fields = 25 + 2 + 32 + 1; /* up to the cookie: headers, version, random, no session id */
    for (size_t at = fields - 35; at < fields + 1 + 32 + 20; at++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, hello->data, hello->size);
            copy[at] ^= (uint8_t)(1 << bit);
            enum status s = check(ADDRESS, bytes_of(copy, hello->size), &answer);
            CHECK(s == ST_CONTINUE || s == ST_BAD_TOKEN);
        }
    for (size_t size = 0; size < hello->size; size++)
        CHECK_STATUS(check(ADDRESS, bytes_of(hello->data, size), &answer), ST_BAD_TOKEN);
    CHECK(!answer.size);
    blob_free(&answer);
}

static void exchange(void)
{
    struct blob hello = {0}, second = {0}, answer = {0}, none = {0};
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    next_hello(n, bytes_of(NULL, 0), &hello);
    CHECK_STATUS(check(ADDRESS, blob_view(&hello), &answer), ST_CONTINUE);
    check_answer(blob_view(&hello), blob_view(&answer));
    next_hello(n, blob_view(&answer), &second);
    CHECK(second.size == hello.size + 32);
    CHECK_STATUS(check(ADDRESS, blob_view(&second), &none), ST_OK);
    CHECK(!none.size);

    /* Another address; a secret that is over; the one before, which still holds. */
    CHECK_STATUS(check(BYTES_LITERAL("\2\0\x30\x39\x7f\0\0\2"), blob_view(&second), &none),
            ST_CONTINUE);
    struct bytes old = OF(secret_b), both[2] = {OF(secret_b), OF(secret_a)};
    CHECK_STATUS(tls_cookie_check(&old, 1, ADDRESS, blob_view(&second), &none), ST_CONTINUE);
    CHECK_STATUS(tls_cookie_check(both, 2, ADDRESS, blob_view(&second), &none), ST_OK);
    forged(&second);
    goes_on(n, blob_view(&second));
    blob_free(&hello);
    blob_free(&second);
    blob_free(&answer);
    blob_free(&none);
    net_free(n);
}

/* The HelloVerifyRequest is lost: the hello that comes again gets another. */
static void lost(void)
{
    struct blob hello = {0}, again = {0}, answer = {0}, second = {0};
    struct net *n = net_new(DTLS_V1_2, PAIR_EC);
    next_hello(n, bytes_of(NULL, 0), &hello);
    next_hello(n, bytes_of(NULL, 0), &again);
    CHECK_STATUS(check(ADDRESS, blob_view(&again), &answer), ST_CONTINUE);
    check_answer(blob_view(&again), blob_view(&answer));
    next_hello(n, blob_view(&answer), &second);
    CHECK_STATUS(check(ADDRESS, blob_view(&second), &answer), ST_OK);
    goes_on(n, blob_view(&second));
    blob_free(&hello);
    blob_free(&again);
    blob_free(&answer);
    blob_free(&second);
    net_free(n);
}

static void wrong_calls(void)
{
    struct blob out = {0};
    struct net *n = net_new(DTLS_V1_2, PAIR_RSA);
    CHECK_STATUS(tls_cookie_check(NULL, 0, ADDRESS, ADDRESS, &out), ST_BAD_ARGUMENT);
    CHECK_STATUS(tls_session_set_hello(n->p->client.s, ADDRESS), ST_BAD_STATE);
    CHECK_STATUS(tls_session_set_hello(n->p->server.s, ADDRESS), ST_BAD_TOKEN);
    net_free(n);
}

int main(void)
{
    exchange();
    lost();
    wrong_calls();
    return unit_end("dtls_cookie");
}
