/* libs/tls: the order of the bulk ciphers, by what the processor can do. */
#include "tls/internal.h"
#include "tls_pair.h"

static size_t at(const char *words, const char *word)
{
    const char *found = strstr(words, word);
    return found ? (size_t)(found - words) : SIZE_MAX;
}

static void test_order(void)
{
    static const char *const all[] = {"+AES-256-GCM", "+AES-128-GCM", "+CHACHA20-POLY1305", "+AES-256-CBC", "+AES-128-CBC"};
    for (int fast = 0; fast < 2; fast++) {
        const char *words = cipher_words(fast);
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            CHECK(at(words, all[i]) != SIZE_MAX);
        CHECK((at(words, "+AES-256-GCM") < at(words, "+CHACHA20-POLY1305")) == fast);
        CHECK((at(words, "+AES-128-GCM") < at(words, "+CHACHA20-POLY1305")) == fast);
        CHECK(at(words, "+AES-128-GCM") < at(words, "+AES-256-CBC"));
    }
}

/* What is used between two of us is the first one on this processor. */
static void test_used(unsigned version)
{
    struct pair *p = pair_open(version, PAIR_RSA);
    struct tls_info info;
    CHECK_STATUS(tls_query(p->client.s, &info), ST_OK);
    CHECK(info.cipher == (cpu_has_gcm() ? TLS_CIPHER_AES_GCM : TLS_CIPHER_CHACHA20));
    CHECK(info.cipher_bits == 256);
    pair_free(p);
}

int main(void)
{
    test_order();
    test_used(TLS_V1_2);
    test_used(TLS_V1_3);
    return unit_end("tls_ciphers");
}
