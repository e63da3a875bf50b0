/* libs/base/log: levels, one line per call, the cut, C99's formats (msvcrt has no %zu). */
#include "unit.h"
#include "base/log.h"

static char last_line[2000], last_room[20];
static enum log_level last_level;
static int lines;

static void sink(enum log_level level, const char *room, const char *line)
{
    last_level = level;
    snprintf(last_room, sizeof(last_room), "%s", room);
    snprintf(last_line, sizeof(last_line), "%s", line);
    lines++;
}

static void levels(void)
{
    log_error("ntlm", "nobody listens");
    CHECK(!log_wanted(LOG_ERROR) && lines == 0);
    for (int limit = LOG_NONE; limit <= LOG_DEBUG; limit++) {
        log_setup((enum log_level)limit, sink);
        for (int level = LOG_NONE; level <= LOG_DEBUG; level++) {
            bool wanted = level != LOG_NONE && level <= limit;

            lines = 0;
            log_write((enum log_level)level, "ntlm", "level %d", level);
            CHECK(lines == wanted && !!log_wanted((enum log_level)level) == wanted);
            if (wanted)
                CHECK((int)last_level == level && !strcmp(last_room, "ntlm"));
        }
    }
    log_setup(LOG_DEBUG, NULL);
    lines = 0;
    log_error("ntlm", "nobody listens");
    CHECK(lines == 0 && !log_wanted(LOG_ERROR));
}

static void formats(void)
{
    log_setup(LOG_DEBUG, sink);
    log_warn("spnego", "%zu of %zu bytes, %s, 0x%08X, %llu, %zX", (size_t)3, SIZE_MAX, "text",
            0xC000006Du, 18446744073709551615ull, (size_t)0xABC);
    CHECK(last_level == LOG_WARN);
    if (sizeof(size_t) == 8)
        CHECK(!strcmp(last_line, "3 of 18446744073709551615 bytes, text, 0xC000006D, "
                                 "18446744073709551615, ABC"));
    else
        CHECK(!strcmp(
                last_line, "3 of 4294967295 bytes, text, 0xC000006D, 18446744073709551615, ABC"));
    log_info("tls", "100%%");
    CHECK(last_level == LOG_INFO && !strcmp(last_line, "100%"));
    log_debug("tls", "one\r\ntwo\x1B[31m\tthree\x7F");
    CHECK(!strcmp(last_line, "one??two?[31m?three?"));
    log_debug("tls", "%s", "b\xC3\xBC"); /* UTF-8 passes */
    CHECK(!strcmp(last_line, "b\xC3\xBC"));
}

static void cut(void)
{
    char text[1001];

    memset(text, 'x', 1000);
    for (size_t size = 498; size <= 1000; size += 1 + 497 * (size > 503)) {
        text[size] = 0;
        log_debug("tls", "%s", text);
        CHECK(strlen(last_line) == (size < 500 ? size : 500));
        text[size] = 'x';
    }
}

/* A character that the cut would halve goes as a whole. */
static void cut_utf8(void)
{
    char text[600];

    for (size_t before = 494; before <= 500; before++) {
        memset(text, 'x', before);
        memcpy(text + before, "\xF0\x9F\x98\x80zzzzzzzz", 13);
        log_debug("tls", "%s", text);
        CHECK(strlen(last_line) == (before <= 496 ? 500 : before));
        CHECK(!memcmp(last_line, text, strlen(last_line)));
    }
}

int main(void)
{
    levels();
    formats();
    cut();
    cut_utf8();
    return unit_end("base_log");
}
