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
