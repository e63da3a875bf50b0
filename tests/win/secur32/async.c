/* The asynchronous calls: "SspiCreateAsyncContext function" and the pages it links to. Windows' may
 * be done later, ours are done at once, which the pages allow. */
#include "../sspi_test.h"

static void *look_up(const char *name)
{
    void *function = GetProcAddress(GetModuleHandleA("secur32.dll"), name);
    ok(function != NULL, "no %s\n", name);
    return function;
}

static void *look_up_either(const char *a, const char *w)
{
    return look_up(ansi ? a : w);
}

static int notified;
static void *notified_with;

static void on_done(void *async, void *data)
{
    (void)async;
    notified++;
    notified_with = data;
}

struct async_calls {
    void *(WINAPI *create)(void);
    void(WINAPI *destroy)(void *);
    NTSTATUS(WINAPI *reuse)(void *);
    SECURITY_STATUS(WINAPI *set_notify)(void *, void (*)(void *, void *), void *);
    BOOLEAN(WINAPI *wants_notify)(void *);
    SECURITY_STATUS(WINAPI *status)(void *);
    SECURITY_STATUS(WINAPI *acquire)
    (void *, void *, void *, ULONG, void *, void *, void *, void *, CredHandle *, TimeStamp *);
    SECURITY_STATUS(WINAPI *initialize)
    (void *, CredHandle *, CtxtHandle *, void *, ULONG, ULONG, ULONG, SecBufferDesc *, ULONG,
            CtxtHandle *, SecBufferDesc *, ULONG *, TimeStamp *);
    SECURITY_STATUS(WINAPI *accept)
    (void *, CredHandle *, CtxtHandle *, SecBufferDesc *, ULONG, ULONG, CtxtHandle *,
            SecBufferDesc *, ULONG *, TimeStamp *);
    SECURITY_STATUS(WINAPI *free_credential)(void *, CredHandle *);
    SECURITY_STATUS(WINAPI *delete_context)(void *, CtxtHandle *);
};

static void look_up_async(struct async_calls *c)
{
    c->create = look_up("SspiCreateAsyncContext");
    c->destroy = look_up("SspiFreeAsyncContext");
    c->reuse = look_up("SspiReinitAsyncContext");
    c->set_notify = look_up("SspiSetAsyncNotifyCallback");
    c->wants_notify = look_up("SspiAsyncContextRequiresNotify");
    c->status = look_up("SspiGetAsyncCallStatus");
    c->acquire = look_up_either(
            "SspiAcquireCredentialsHandleAsyncA", "SspiAcquireCredentialsHandleAsyncW");
    c->initialize = look_up_either(
            "SspiInitializeSecurityContextAsyncA", "SspiInitializeSecurityContextAsyncW");
    c->accept = look_up("SspiAcceptSecurityContextAsync");
    c->free_credential = look_up("SspiFreeCredentialsHandleAsync");
    c->delete_context = look_up("SspiDeleteSecurityContextAsync");
}

/* Done at once or later: the status is had from the async context, and the callback has come. Ours
 * are done at once. */
static void check_done(struct async_calls *c, void *async, SECURITY_STATUS said,
        SECURITY_STATUS expected, const char *what)
{
    ok(said == expected, "%s: %08lx\n", what, said);
    ok(c->status(async) == expected, "%s: status %08lx\n", what, c->status(async));
    ok(notified == 1 && notified_with == &notified, "%s: %d callbacks\n", what, notified);
    notified = 0;
}

static void test_async(void)
{
    static BYTE room[4000], other_room[4000];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room},
              answer = {sizeof(other_room), SECBUFFER_TOKEN, other_room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out}, answers = {SECBUFFER_VERSION, 1, &answer};
    void *names[2] = {ansi ? (void *)"NTLM" : L"NTLM", ansi ? (void *)"Winetest" : L"Winetest"};
    struct async_calls c;
    CredHandle client, server, none = {STALE, STALE};
    CtxtHandle client_context, server_context;
    union identity id;
    TimeStamp expiry;
    ULONG attributes;
    void *async;

    look_up_async(&c);
    async = c.create();
    ok(async != NULL, "no async context\n");
    ok(!c.wants_notify(async), "a callback from nowhere\n");
    ok(c.set_notify(async, on_done, &notified) == SEC_E_OK, "callback\n");
    ok(c.wants_notify(async), "the callback is lost\n");

    make_identity(&id, FORM_PLAIN, L"u", L"d", L"p");
    check_done(&c, async,
            c.acquire(async, NULL, names[1], SECPKG_CRED_OUTBOUND, NULL, &id, NULL, NULL, &none,
                    &expiry),
            SEC_E_SECPKG_NOT_FOUND, "unknown package");
    check_done(&c, async,
            c.acquire(async, NULL, names[0], SECPKG_CRED_OUTBOUND, NULL, &id, NULL, NULL, &client,
                    &expiry),
            SEC_E_OK, "client credential");
    check_done(&c, async,
            c.acquire(async, NULL, names[0], SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &server,
                    &expiry),
            SEC_E_OK, "server credential");
    check_done(&c, async,
            c.initialize(async, &client, NULL, NULL, 0, 0, SECURITY_NATIVE_DREP, NULL, 0,
                    &client_context, &output, &attributes, &expiry),
            SEC_I_CONTINUE_NEEDED, "client");
    ok(out.cbBuffer >= 32 && !memcmp(room, "NTLMSSP", 8) && room[8] == 1, "no NEGOTIATE\n");
    check_done(&c, async,
            c.accept(async, &server, NULL, &output, 0, SECURITY_NATIVE_DREP, &server_context,
                    &answers, &attributes, &expiry),
            SEC_I_CONTINUE_NEEDED, "server");
    ok(answer.cbBuffer >= 32 && !memcmp(other_room, "NTLMSSP", 8) && other_room[8] == 2,
            "no CHALLENGE\n");
    check_done(&c, async, c.delete_context(async, &client_context), SEC_E_OK, "context");
    check_done(&c, async, c.delete_context(async, &client_context), SEC_E_INVALID_HANDLE, "again");
    check_done(&c, async, c.delete_context(async, &server_context), SEC_E_OK, "context");
    check_done(&c, async, c.free_credential(async, &client), SEC_E_OK, "credential");
    check_done(&c, async, c.free_credential(async, &server), SEC_E_OK, "credential");
    check_done(&c, async, c.free_credential(async, &none), SEC_E_INVALID_HANDLE, "none");
    ok(!c.reuse(async), "reuse\n");
    ok(c.status(async) == SEC_E_OK, "the old status stays: %08lx\n", c.status(async));
    c.destroy(async);
    c.destroy(NULL);
}

START_TEST(async)
{
    if (is_opensspi())
        as_w_and_a(test_async);
}
