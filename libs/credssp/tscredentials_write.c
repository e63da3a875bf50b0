/* TSCredentials, written. [MS-CSSP] 2.2.1.2 to 2.2.1.2.3; the structures are drawn in tscredentials.c. */
#include "tscredentials.h"

#include "base/der.h"

static void put_octets(struct writer *w, uint8_t tag, struct bytes v)
{
    size_t field = der_open(w, tag);
    der_put(w, DER_OCTET_STRING, v);
    der_close(w, field);
}

/* What all types begin with: written up to the structure's own SEQUENCE. */
struct frame {
    struct writer w;
    size_t all, field, octets, creds;
};

static void open_frame(struct frame *f, enum credssp_cred_type type)
{
    f->all = der_open(&f->w, DER_SEQUENCE);
    size_t number = der_open(&f->w, DER_CONTEXT(0));
    der_put_u32(&f->w, DER_INTEGER, (uint32_t)type);
    der_close(&f->w, number);
    f->field = der_open(&f->w, DER_CONTEXT(1));
    f->octets = der_open(&f->w, DER_OCTET_STRING);
    f->creds = der_open(&f->w, DER_SEQUENCE);
}

static enum status close_frame(struct frame *f, struct blob *out)
{
    der_close(&f->w, f->creds);
    der_close(&f->w, f->octets);
    der_close(&f->w, f->field);
    der_close(&f->w, f->all);
    return writer_finish(&f->w, out);
}

enum status tscredentials_encode_password(
        struct bytes domain, struct bytes user, struct bytes password, struct blob *out)
{
    struct frame f = {.all = 0};
    open_frame(&f, CREDSSP_CRED_PASSWORD);
    put_octets(&f.w, DER_CONTEXT(0), domain);
    put_octets(&f.w, DER_CONTEXT(1), user);
    put_octets(&f.w, DER_CONTEXT(2), password);
    return close_frame(&f, out);
}

static void put_optional(struct writer *w, uint8_t tag, const struct blob *text)
{
    if (text->size)
        put_octets(w, tag, blob_view(text));
}

static void put_csp(struct writer *w, const struct credssp_credentials *c)
{
    size_t field = der_open(w, DER_CONTEXT(1));
    size_t fields = der_open(w, DER_SEQUENCE);
    size_t spec = der_open(w, DER_CONTEXT(0));
    der_put_u32(w, DER_INTEGER, c->key_spec);
    der_close(w, spec);
    put_optional(w, DER_CONTEXT(1), &c->card);
    put_optional(w, DER_CONTEXT(2), &c->reader);
    put_optional(w, DER_CONTEXT(3), &c->container);
    put_optional(w, DER_CONTEXT(4), &c->csp);
    der_close(w, fields);
    der_close(w, field);
}

enum status tscredentials_encode_smartcard(const struct credssp_credentials *c, struct blob *out)
{
    struct frame f = {.all = 0};
    if (c->type != CREDSSP_CRED_SMARTCARD)
        return ST_BAD_ARGUMENT;
    open_frame(&f, CREDSSP_CRED_SMARTCARD);
    put_octets(&f.w, DER_CONTEXT(0), blob_view(&c->password));
    put_csp(&f.w, c);
    put_optional(&f.w, DER_CONTEXT(2), &c->user);
    put_optional(&f.w, DER_CONTEXT(3), &c->domain);
    return close_frame(&f, out);
}

static void put_package(struct writer *w, const struct tscredentials_package *p)
{
    size_t fields = der_open(w, DER_SEQUENCE);
    put_octets(w, DER_CONTEXT(0), p->name);
    put_octets(w, DER_CONTEXT(1), p->buffer);
    der_close(w, fields);
}

enum status tscredentials_encode_remote_guard(const struct tscredentials_package *logon,
        const struct tscredentials_package *others, size_t count, struct blob *out)
{
    struct frame f = {.all = 0};
    open_frame(&f, CREDSSP_CRED_REMOTE_GUARD);
    size_t field = der_open(&f.w, DER_CONTEXT(0));
    put_package(&f.w, logon);
    der_close(&f.w, field);
    if (count) {
        field = der_open(&f.w, DER_CONTEXT(1));
        size_t list = der_open(&f.w, DER_SEQUENCE);
        for (size_t i = 0; i < count; i++)
            put_package(&f.w, &others[i]);
        der_close(&f.w, list);
        der_close(&f.w, field);
    }
    return close_frame(&f, out);
}
