/* libs/base/status: every value has its name and its class. */
#include "unit.h"
#include "base/status.h"

static void names(void)
{
    CHECK(!strcmp(status_name(ST_OK), "ST_OK"));
    CHECK(!strcmp(status_name(ST_BAD_TOKEN), "ST_BAD_TOKEN"));
    CHECK(!strcmp(status_name(ST_UNTRUSTED), "ST_UNTRUSTED"));
    CHECK(!strcmp(status_name(ST_PEER_CLOSED), "ST_PEER_CLOSED"));
    CHECK(!strcmp(status_name(ST_POLICY), "ST_POLICY"));
    CHECK(!strcmp(status_name(ST_NO_RANDOM), "ST_NO_RANDOM"));
    CHECK(!strcmp(status_name(ST_INTERNAL), "ST_INTERNAL"));
    CHECK(!strcmp(status_name((enum status)0xFF), "ST_?"));
    CHECK(!strcmp(status_name((enum status)(ST_DOWNGRADE + 1)), "ST_?"));
    CHECK(!strcmp(status_name((enum status)(ST_INTERNAL + 1)), "ST_?"));
}

static void classes(void)
{
    static const enum status success[] = {
            ST_OK, ST_CONTINUE, ST_INCOMPLETE, ST_CLOSED, ST_RENEGOTIATE, ST_NEED_CERTIFICATE};

    for (size_t i = 0; i < sizeof(success) / sizeof(*success); i++)
        CHECK(status_class(success[i]) == CLASS_SUCCESS && !status_failed(success[i]));
    for (int s = ST_BAD_TOKEN; s <= ST_DOWNGRADE; s++)
        CHECK(status_class((enum status)s) == CLASS_PEER && status_failed((enum status)s));
    for (int s = ST_BAD_ARGUMENT; s <= ST_POLICY; s++)
        CHECK(status_class((enum status)s) == CLASS_CALLER && status_failed((enum status)s));
    CHECK(status_class(ST_NO_MEMORY) == CLASS_RESOURCE && status_failed(ST_NO_MEMORY));
    CHECK(status_class(ST_NO_RANDOM) == CLASS_RESOURCE && status_failed(ST_NO_RANDOM));
    CHECK(status_class(ST_INTERNAL) == CLASS_INTERNAL && status_failed(ST_INTERNAL));
}

int main(void)
{
    names();
    classes();
    return unit_end("base_status");
}
