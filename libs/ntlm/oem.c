#include "oem.h"
#include "base/log.h"
#include "base/reader.h"
#include "base/writer.h"

enum status ntlm_oem_widen(struct bytes oem, struct blob *out)
{
    struct writer w = {0};
    struct reader r = reader_on(oem);

    writer_reserve(&w, 2 * oem.size);
    while (reader_left(&r)) {
        uint8_t c = reader_u8(&r);
        if (c >= 0x80) {
            writer_free(&w);
            log_warn("ntlm", "a name in the peer's OEM code page is not ASCII; refused");
            return ST_PEER_UNSUPPORTED;
        }
        writer_u16le(&w, c);
    }
    return writer_finish(&w, out);
}

static bool ascii(struct bytes utf16)
{
    struct reader r = reader_on(utf16);
    bool all = true;

    while (reader_left(&r) >= 2)
        all = reader_u16le(&r) < 0x80 && all; /* read first: the loop ends by it */
    return all;
}

enum status ntlm_oem_say(struct bytes utf16, struct blob *out)
{
    if (ascii(utf16))
        return ntlm_oem_narrow(utf16, out);
    log_warn("ntlm",
            "the server speaks OEM, not Unicode, and a user's or domain's name here is not "
            "ASCII: it cannot be said; refused");
    return ST_PEER_UNSUPPORTED;
}

enum status ntlm_oem_narrow(struct bytes utf16, struct blob *out)
{
    struct writer w = {0};
    struct reader r = reader_on(utf16);

    writer_reserve(&w, utf16.size / 2);
    while (reader_left(&r) >= 2) {
        uint16_t unit = reader_u16le(&r);
        writer_u8(&w, unit < 0x80 ? (uint8_t)unit : '?');
    }
    return writer_finish(&w, out);
}
