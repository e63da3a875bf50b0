/* Two threads on one context, one sealing and one unsealing, as RDP clients do. */
#include "../accounts.h"
#include "../login.h"

enum { MESSAGES = 300, BODY = 1000, TRAILER = 16 };

struct message {
    BYTE token[TRAILER], data[BODY];
};

struct work {
    CtxtHandle *context;
    struct message *messages;
    BOOL seal;
    LONG failures;
};

static SECURITY_STATUS one(CtxtHandle *context, struct message *m, BOOL seal)
{
    SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, m->token}, {BODY, SECBUFFER_DATA, m->data}};
    SecBufferDesc desc = DESC(b);
    return seal ? EncryptMessage(context, 0, &desc, 0) : DecryptMessage(context, &desc, 0, NULL);
}

static DWORD WINAPI run(void *parameter)
{
    struct work *w = parameter;
    int i;
    for (i = 0; i < MESSAGES; i++)
        w->failures += one(w->context, &w->messages[i], w->seal) != SEC_E_OK;
    return 0;
}

static struct message *make_messages(int salt)
{
    struct message *m = calloc(MESSAGES, sizeof(*m));
    int i;
    for (i = 0; i < MESSAGES; i++)
        memset(m[i].data, i + salt, BODY);
    return m;
}

static void check_messages(struct message *m, int salt)
{
    int i, k, wrong = 0;
    for (i = 0; i < MESSAGES; i++)
        for (k = 0; k < BODY; k++)
            wrong += m[i].data[k] != (BYTE)(i + salt);
    ok(!wrong, "%d bytes are wrong\n", wrong);
    free(m);
}

static void all_tests(void)
{
    struct login *l = calloc(1, sizeof(*l));
    struct message *out = make_messages(1), *in = make_messages(7);
    struct work server = {&l->server, in, TRUE}, sealing = {&l->client, out, TRUE},
                opening = {&l->client, in, FALSE};
    struct work server_opens = {&l->server, out, FALSE};
    HANDLE threads[2];

    l->identity = good_identity();
    l->client_request = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
    l->server_request = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;
    if (login_good(l)) {
        run(&server);
        threads[0] = CreateThread(NULL, 0, run, &sealing, 0, NULL);
        threads[1] = CreateThread(NULL, 0, run, &opening, 0, NULL);
        ok(WaitForMultipleObjects(2, threads, TRUE, 60000) == WAIT_OBJECT_0, "threads hang\n");
        run(&server_opens);
        ok(!server.failures && !sealing.failures && !opening.failures && !server_opens.failures,
                "failures %ld %ld %ld %ld\n", server.failures, sealing.failures, opening.failures,
                server_opens.failures);
        check_messages(out, 1);
        check_messages(in, 7);
    }
    login_close(l);
    free(l);
}

START_TEST(threads)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
