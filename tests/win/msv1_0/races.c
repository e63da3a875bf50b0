/* What threads must not be able to break: a context deleted while others use it, deleted twice,
 * driven by two threads at once; credentials that many threads share. Where Windows' order of events
 * is a matter of chance the results are, but each is one of those documented. */
#include "../accounts.h"
#include "../login.h"

enum { ROUNDS = 60, THREADS = 4, LOGINS = 100 };

static const ULONG seal_client = ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY;
static const ULONG seal_server = ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY;

/* A login with all but the server's last leg behind it, or with that too. */
static struct login *new_login(BOOL whole)
{
    struct login *l = calloc(1, sizeof(*l));

    l->identity = good_identity();
    l->client_request = seal_client;
    l->server_request = seal_server;
    login_acquire(l);
    login_leg(l, FALSE);
    login_leg(l, TRUE);
    login_leg(l, FALSE);
    if (whole)
        login_leg(l, TRUE);
    return l;
}

struct racer {
    struct login *login;
    HANDLE start;
    SECURITY_STATUS (*act)(struct login *l);
    BOOL again; /* until it is refused */
    SECURITY_STATUS last;
};

static DWORD WINAPI race(void *parameter)
{
    struct racer *r = parameter;

    WaitForSingleObject(r->start, INFINITE);
    do
        r->last = r->act(r->login);
    while (r->again && r->last == SEC_E_OK);
    return 0;
}

/* All start at once; TRUE: all have come back. */
static BOOL run_race(struct racer *racers, int count, struct login *l)
{
    HANDLE threads[8], start = CreateEventA(NULL, TRUE, FALSE, NULL);
    BOOL back;
    int i;

    for (i = 0; i < count; i++) {
        racers[i].login = l;
        racers[i].start = start;
        threads[i] = CreateThread(NULL, 0, race, &racers[i], 0, NULL);
    }
    SetEvent(start);
    back = WaitForMultipleObjects(count, threads, TRUE, 60000) == WAIT_OBJECT_0;
    for (i = 0; i < count; i++)
        CloseHandle(threads[i]);
    CloseHandle(start);
    return back;
}

static SECURITY_STATUS encrypt(struct login *l)
{
    BYTE token[16], data[200] = {0};
    SecBuffer b[] = {{sizeof(token), SECBUFFER_TOKEN, token}, {sizeof(data), SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    return EncryptMessage(&l->client, 0, &desc, 0);
}

/* What cannot be decrypted is refused, and that is as good as done here. */
static SECURITY_STATUS decrypt(struct login *l)
{
    BYTE token[16] = {1}, data[200] = {0};
    SecBuffer b[] = {{sizeof(token), SECBUFFER_TOKEN, token}, {sizeof(data), SECBUFFER_DATA, data}};
    SecBufferDesc desc = DESC(b);
    SECURITY_STATUS status = DecryptMessage(&l->client, &desc, 0, NULL);
    return status == SEC_E_MESSAGE_ALTERED ? SEC_E_OK : status;
}

static SECURITY_STATUS ask(struct login *l)
{
    SecPkgContext_SessionKey key = {0};
    SECURITY_STATUS status = QueryContextAttributesW(&l->client, SECPKG_ATTR_SESSION_KEY, &key);
    if (status == SEC_E_OK)
        FreeContextBuffer(key.SessionKey);
    return status;
}

static SECURITY_STATUS delete_soon(struct login *l)
{
    Sleep(1);
    return DeleteSecurityContext(&l->client);
}

/* "SEC_E_INVALID_HANDLE: The handle passed to the function is not valid." */
static void test_deleted_in_use(void)
{
    int i, wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        struct login *l = new_login(TRUE);
        struct racer racers[] = {{.act = encrypt, .again = TRUE}, {.act = decrypt, .again = TRUE},
                {.act = ask, .again = TRUE}, {.act = delete_soon}};
        ok(run_race(racers, 4, l), "threads hang\n");
        wrong += racers[3].last != SEC_E_OK || racers[0].last != SEC_E_INVALID_HANDLE ||
                 racers[1].last != SEC_E_INVALID_HANDLE || racers[2].last != SEC_E_INVALID_HANDLE;
        l->has_client = FALSE;
        login_close(l);
        free(l);
    }
    ok(!wrong, "%d of %d deletions went wrong\n", wrong, ROUNDS);
}

static SECURITY_STATUS delete_client(struct login *l)
{
    return DeleteSecurityContext(&l->client);
}

static SECURITY_STATUS free_credential(struct login *l)
{
    return FreeCredentialsHandle(&l->client_credential);
}

/* Of two that delete the same one succeeds. */
static void test_deleted_twice(SECURITY_STATUS (*delete)(struct login *))
{
    int i, wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        struct login *l = new_login(FALSE);
        struct racer racers[] = {{.act = delete}, {.act = delete}};
        ok(run_race(racers, 2, l), "threads hang\n");
        wrong += racers[0].last + racers[1].last != SEC_E_INVALID_HANDLE ||
                 (racers[0].last && racers[1].last);
        /* What is left is in order. */
        if (delete == delete_client)
            l->has_client = FALSE;
        else
            l->client_credential = l->server_credential;
        if (l->has_client)
            wrong += DeleteSecurityContext(&l->client) != SEC_E_OK;
        wrong += DeleteSecurityContext(&l->server) != SEC_E_OK;
        wrong += FreeCredentialsHandle(&l->client_credential) != SEC_E_OK;
        if (delete == delete_client)
            wrong += FreeCredentialsHandle(&l->server_credential) != SEC_E_OK;
        free(l);
    }
    ok(!wrong, "%d of %d went wrong\n", wrong, ROUNDS);
}

static SECURITY_STATUS last_leg(struct login *l)
{
    BYTE given[TOKEN_ROOM], room[TOKEN_ROOM];
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, given},
              out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;

    memcpy(given, l->token, l->token_size);
    return AcceptSecurityContext(&l->server_credential, &l->server, &input, seal_server,
            SECURITY_NATIVE_DREP, &l->server, &output, &attributes, NULL);
}

/* The same AUTHENTICATE from two threads: a login happens once. A leg after the end is
 * SEC_E_OUT_OF_SEQUENCE. */
static void test_two_last_legs(void)
{
    int i, wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        struct login *l = new_login(FALSE);
        struct racer racers[] = {{.act = last_leg}, {.act = last_leg}};
        ok(run_race(racers, 2, l), "threads hang\n");
        wrong += racers[0].last + racers[1].last != SEC_E_OUT_OF_SEQUENCE ||
                 (racers[0].last && racers[1].last);
        login_close(l);
        free(l);
    }
    ok(!wrong, "%d of %d went wrong\n", wrong, ROUNDS);
}

static SECURITY_STATUS delete_server(struct login *l)
{
    return DeleteSecurityContext(&l->server);
}

/* Deleted during its last leg, credentials freed as well: the leg ends one way or the other. */
static void test_deleted_in_leg(void)
{
    int i, wrong = 0;

    for (i = 0; i < ROUNDS; i++) {
        struct login *l = new_login(FALSE);
        struct racer racers[] = {{.act = last_leg}, {.act = delete_server},
                {.act = free_credential}};
        ok(run_race(racers, 3, l), "threads hang\n");
        wrong += (racers[0].last != SEC_E_OK && racers[0].last != SEC_E_INVALID_HANDLE) ||
                 racers[1].last != SEC_E_OK || racers[2].last != SEC_E_OK;
        wrong += DeleteSecurityContext(&l->client) != SEC_E_OK;
        wrong += FreeCredentialsHandle(&l->server_credential) != SEC_E_OK;
        free(l);
    }
    ok(!wrong, "%d of %d went wrong\n", wrong, ROUNDS);
}

/* One leg with rooms of the caller's thread only (login.h's are static). */
static SECURITY_STATUS own_leg(struct login *l, BOOL server)
{
    BYTE given[TOKEN_ROOM], room[TOKEN_ROOM];
    SecBuffer in = {l->token_size, SECBUFFER_TOKEN, given},
              out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &in}, output = {SECBUFFER_VERSION, 1, &out};
    ULONG attributes;
    SECURITY_STATUS status;

    memcpy(given, l->token, l->token_size);
    if (server)
        status = AcceptSecurityContext(&l->server_credential, l->has_server ? &l->server : NULL,
                &input, seal_server, SECURITY_NATIVE_DREP, &l->server, &output, &attributes, NULL);
    else
        status = InitializeSecurityContextW(&l->client_credential,
                l->has_client ? &l->client : NULL, NULL, seal_client, 0, SECURITY_NATIVE_DREP,
                l->has_client ? &input : NULL, 0, &l->client, &output, &attributes, NULL);
    *(server ? &l->has_server : &l->has_client) |= SUCCEEDED(status);
    l->token_size = SUCCEEDED(status) ? out.cbBuffer : 0;
    memcpy(l->token, room, l->token_size);
    return status;
}

/* One credential each side for all; each thread its own contexts. */
static SECURITY_STATUS many_logins(struct login *shared)
{
    struct login *l = calloc(1, sizeof(*l));
    int i, leg, done = 0;

    for (i = 0; i < LOGINS; i++) {
        memset(l, 0, sizeof(*l));
        l->client_credential = shared->client_credential;
        l->server_credential = shared->server_credential;
        for (leg = 0; leg < 4; leg++)
            l->server_status = own_leg(l, leg % 2);
        done += l->server_status == SEC_E_OK;
        if (l->has_client)
            DeleteSecurityContext(&l->client);
        if (l->has_server)
            DeleteSecurityContext(&l->server);
    }
    free(l);
    return done == LOGINS ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

static void test_shared_credentials(void)
{
    struct login *l = calloc(1, sizeof(*l));
    struct racer racers[THREADS] = {{0}};
    int i;

    l->identity = good_identity();
    login_acquire(l);
    for (i = 0; i < THREADS; i++)
        racers[i].act = many_logins;
    ok(run_race(racers, THREADS, l), "threads hang\n");
    for (i = 0; i < THREADS; i++)
        ok(racers[i].last == SEC_E_OK, "thread %d: %08lx\n", i, racers[i].last);
    login_close(l);
    free(l);
}

START_TEST(races)
{
    SetEnvironmentVariableA("OPENSSPI_LOG_LEVEL", "none"); /* what is refused is refused often */
    store_open();
    test_deleted_in_use();
    test_deleted_twice(delete_client);
    test_deleted_twice(free_credential);
    test_two_last_legs();
    test_deleted_in_leg();
    test_shared_credentials();
    store_close();
}
