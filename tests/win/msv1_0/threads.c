/* Two threads on one context, one sealing and one unsealing, as RDP clients do; contexts that are deleted
 * while other threads use them. */
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

/* ---- three threads that sign on one side of one context ---- */

enum { SIGNERS = 3, SIGNED = 4000 };

struct signer {
    CtxtHandle *context;
    DWORD numbers[SIGNED];
    LONG failures;
};

static DWORD WINAPI sign_many(void *parameter)
{
    struct signer *s = parameter;
    BYTE token[TRAILER], data[40] = {0};
    int i;
    for (i = 0; i < SIGNED; i++) {
        SecBuffer b[] = {{TRAILER, SECBUFFER_TOKEN, token}, {sizeof(data), SECBUFFER_DATA, data}};
        SecBufferDesc desc = DESC(b);
        s->failures += MakeSignature(s->context, 0, &desc, 0) != SEC_E_OK;
        memcpy(&s->numbers[i], token + 12, sizeof(DWORD));
    }
    return 0;
}

/* Each message has a number of its own, none is left out ([MS-NLMP] 3.4.4.2: SeqNum + 1). */
static void same_direction(CtxtHandle *context, DWORD first)
{
    static struct signer signers[SIGNERS];
    static BYTE seen[SIGNERS * SIGNED];
    HANDLE threads[SIGNERS];
    int i, k, wrong = 0;
    memset(signers, 0, sizeof(signers));
    memset(seen, 0, sizeof(seen));
    for (i = 0; i < SIGNERS; i++) {
        signers[i].context = context;
        threads[i] = CreateThread(NULL, 0, sign_many, &signers[i], 0, NULL);
    }
    ok(WaitForMultipleObjects(SIGNERS, threads, TRUE, 60000) == WAIT_OBJECT_0, "signers hang\n");
    for (i = 0; i < SIGNERS; i++) {
        ok(!signers[i].failures, "signer %d: %ld failures\n", i, signers[i].failures);
        for (k = 0; k < SIGNED; k++) {
            DWORD number = signers[i].numbers[k] - first;
            wrong += number >= SIGNERS * SIGNED || seen[number]++;
        }
    }
    ok(!wrong, "%d numbers are not new\n", wrong);
}

/* ---- deleting what others use ---- */

enum { PLACES = 8, USERS = 3, TURNS = 400 };

struct places {
    CredHandle credential;
    CtxtHandle contexts[PLACES];
    LONG stop, uses, refusals, others;
};

static void new_context(struct places *p, CtxtHandle *context)
{
    BYTE room[TOKEN_ROOM];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc desc = {SECBUFFER_VERSION, 1, &out};
    CtxtHandle made;
    ULONG attributes;
    SECURITY_STATUS status = InitializeSecurityContextW(&p->credential, NULL, NULL,
            ISC_REQ_CONFIDENTIALITY, 0, SECURITY_NATIVE_DREP, NULL, 0, &made, &desc, &attributes,
            NULL);
    ok(status == SEC_I_CONTINUE_NEEDED, "first leg %08lx\n", status);
    *context = made;
}

/* A handle is good or it is refused, whatever another thread does to it: "QueryContextAttributes
 * (NTLM)" names SEC_E_INVALID_HANDLE. */
static DWORD WINAPI use(void *parameter)
{
    struct places *p = parameter;
    unsigned i = 0;
    while (!*(volatile LONG *)&p->stop) {
        CtxtHandle context = p->contexts[i++ % PLACES];
        SecPkgContext_Sizes sizes;
        SECURITY_STATUS status = QueryContextAttributesW(&context, SECPKG_ATTR_SIZES, &sizes);
        if (status == SEC_E_OK)
            InterlockedIncrement(&p->uses);
        else
            InterlockedIncrement(status == SEC_E_INVALID_HANDLE ? &p->refusals : &p->others);
    }
    return 0;
}

static DWORD WINAPI delete_one(void *parameter)
{
    return DeleteSecurityContext(parameter);
}

/* Of two threads that delete the same context one is told that there is none. */
static void delete_twice(CtxtHandle *context)
{
    CtxtHandle copy = *context;
    HANDLE thread = CreateThread(NULL, 0, delete_one, &copy, 0, NULL);
    SECURITY_STATUS here = DeleteSecurityContext(context);
    DWORD there = SEC_E_INTERNAL_ERROR;
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &there);
    CloseHandle(thread);
    ok((here == SEC_E_OK && (LONG)there == SEC_E_INVALID_HANDLE) ||
                    (here == SEC_E_INVALID_HANDLE && (LONG)there == SEC_E_OK),
            "deleted twice: %08lx and %08lx\n", here, there);
}

static void deleting(const void *identity)
{
    static struct places p;
    HANDLE threads[USERS];
    int i;
    memset(&p, 0, sizeof(p));
    ok(acquire(L"NTLM", SECPKG_CRED_OUTBOUND, identity, &p.credential, NULL) == SEC_E_OK,
            "no credential\n");
    for (i = 0; i < PLACES; i++)
        new_context(&p, &p.contexts[i]);
    for (i = 0; i < USERS; i++)
        threads[i] = CreateThread(NULL, 0, use, &p, 0, NULL);
    for (i = 0; i < TURNS; i++) {
        CtxtHandle gone = p.contexts[i % PLACES];
        if (i % 4)
            ok(DeleteSecurityContext(&gone) == SEC_E_OK, "turn %d: not deleted\n", i);
        else
            delete_twice(&gone);
        ok(DeleteSecurityContext(&gone) == SEC_E_INVALID_HANDLE, "turn %d: still there\n", i);
        new_context(&p, &p.contexts[i % PLACES]);
    }
    InterlockedExchange(&p.stop, 1);
    ok(WaitForMultipleObjects(USERS, threads, TRUE, 60000) == WAIT_OBJECT_0, "threads hang\n");
    ok(p.uses && !p.others, "%ld uses, %ld refusals, %ld other codes\n", p.uses, p.refusals,
            p.others);
    for (i = 0; i < PLACES; i++)
        ok(DeleteSecurityContext(&p.contexts[i]) == SEC_E_OK, "context %d\n", i);
    FreeCredentialsHandle(&p.credential);
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
        same_direction(&l->client, MESSAGES);
    }
#ifndef STOCK_SECUR32 /* Wine's own reads what another thread has freed: wrong codes, or a crash */
    deleting(l->identity);
#endif
    login_close(l);
    free(l);
}

START_TEST(threads)
{
    store_open();
    as_w_and_a(all_tests);
    store_close();
}
