/* The client's first leg: whatever the input descriptor is, as long as no token is in it.
 * "InitializeSecurityContext (NTLM)", pInput: "unless the client context was initiated by the
 * server, ... must be NULL on the first call"; programs pass empty ones all the same (stock Wine
 * refuses them, BUILDING.md). */
#include "../accounts.h"
#include "../login.h"

static const WCHAR *package;

static SECURITY_STATUS leg(struct login *l, SecBufferDesc *input)
{
    static BYTE room[TOKEN_ROOM];
    SecBuffer out = {sizeof(room), SECBUFFER_TOKEN, room};
    SecBufferDesc output = {SECBUFFER_VERSION, 1, &out};
    BOOL first = !l->has_client;
    SECURITY_STATUS status;

    if (first)
        l->client.dwLower = l->client.dwUpper = STALE;
    status = initialize(&l->client_credential, first ? NULL : &l->client, NULL, ISC_REQ_INTEGRITY,
            input, &l->client, &output, &l->client_attributes[l->client_legs++],
            &l->client_expiry);
    if (first && SUCCEEDED(status))
        l->has_client = TRUE;
    out.cbBuffer = SUCCEEDED(status) ? out.cbBuffer : 0;
    login_keep_token(l, &out);
    return status;
}

static struct login *new_login(void)
{
    struct login *l = calloc(1, sizeof(*l));

    l->client_package = l->server_package = package;
    l->identity = good_identity();
    l->client_request = ISC_REQ_INTEGRITY;
    login_acquire(l);
    return l;
}

static void end_login(struct login *l)
{
    login_close(l);
    free(l);
}

/* Each is a first leg like the one without input, and the login goes on to its good end. */
static void test_without_token(void)
{
    BYTE room[8] = {0};
    SecBuffer empty = {0, SECBUFFER_EMPTY, NULL}, no_token = {0, SECBUFFER_TOKEN, NULL},
              no_size = {0, SECBUFFER_TOKEN, room}, data = {8, SECBUFFER_DATA, room},
              read_only = {0, SECBUFFER_TOKEN | SECBUFFER_READONLY, NULL},
              two[2] = {{0, SECBUFFER_EMPTY, NULL}, {0, SECBUFFER_TOKEN, NULL}};
    SecBufferDesc inputs[] = {
            {SECBUFFER_VERSION, 0, NULL},
            {SECBUFFER_VERSION, 0, &empty},
            {SECBUFFER_VERSION, 1, &empty},
            {SECBUFFER_VERSION, 1, &no_token},
            {SECBUFFER_VERSION, 1, &no_size},
            {SECBUFFER_VERSION, 1, &data},
            {SECBUFFER_VERSION, 1, &read_only},
            {SECBUFFER_VERSION, 2, two},
    };
    BYTE plain[TOKEN_ROOM];
    ULONG plain_size;
    int i;

    for (i = -1; i < (int)ARRAY_SIZE(inputs); i++) {
        struct login *l = new_login();
        SECURITY_STATUS status = leg(l, i < 0 ? NULL : &inputs[i]);

        ok(status == SEC_I_CONTINUE_NEEDED, "%d: %08lx\n", i, status);
        if (i < 0)
            memcpy(plain, l->token, plain_size = l->token_size);
        ok(l->token_size == plain_size && !memcmp(l->token, plain, plain_size), "%d: differs\n", i);
        login_leg(l, TRUE);
        login_leg(l, FALSE);
        login_leg(l, TRUE);
        ok(l->server_status == SEC_E_OK, "%d: %08lx\n", i, l->server_status);
        end_login(l);
    }
}

/* A server does not speak first in NTLM: a token on the first leg is none for it; nor is a
 * descriptor that is none. */
static void test_with_token(void)
{
    BYTE garbage[] = "NTLMSSP\0\2\0\0", one[] = {0};
    SecBuffer token = {sizeof(garbage), SECBUFFER_TOKEN, garbage},
              byte = {1, SECBUFFER_TOKEN, one}, empty = {0, SECBUFFER_EMPTY, NULL};
    SecBufferDesc inputs[] = {
            {SECBUFFER_VERSION, 1, &token},
            {SECBUFFER_VERSION, 1, &byte},
            {SECBUFFER_VERSION, 1, NULL},
            {SECBUFFER_VERSION + 1, 1, &empty},
            {SECBUFFER_VERSION, 0x7FFFFFFF, &empty},
    };
    int i;

    for (i = 0; i < ARRAY_SIZE(inputs); i++) {
        struct login *l = new_login();
        SECURITY_STATUS status;

        if (!is_opensspi() && i >= 2) { /* Windows may not look */
            end_login(l);
            continue;
        }
        status = leg(l, &inputs[i]);
        ok(status == SEC_E_INVALID_TOKEN || (!is_opensspi() && FAILED(status)), "%d: %08lx\n", i,
                status);
        ok(!l->has_client && l->client.dwLower == STALE && l->client.dwUpper == STALE,
                "%d: a context was written\n", i);
        status = leg(l, NULL); /* the credential is as good as before */
        ok(status == SEC_I_CONTINUE_NEEDED, "%d: %08lx\n", i, status);
        end_login(l);
    }
}

/* On the second leg there has to be one. */
static void test_later(void)
{
    BYTE room[8] = {0};
    SecBuffer empty = {0, SECBUFFER_TOKEN, room}, data = {8, SECBUFFER_DATA, room};
    SecBufferDesc inputs[] = {
            {SECBUFFER_VERSION, 0, NULL},
            {SECBUFFER_VERSION, 1, &empty},
            {SECBUFFER_VERSION, 1, &data},
    };
    int i;

    for (i = -1; i < (int)ARRAY_SIZE(inputs); i++) {
        struct login *l = new_login();
        SECURITY_STATUS status = leg(l, NULL);

        ok(status == SEC_I_CONTINUE_NEEDED, "%08lx\n", status);
        status = leg(l, i < 0 ? NULL : &inputs[i]);
        ok(status == SEC_E_INVALID_TOKEN || (!is_opensspi() && FAILED(status)), "%d: %08lx\n", i,
                status);
        end_login(l); /* the context is still deletable */
    }
}

static void all_tests(void)
{
    test_without_token();
    test_with_token();
    test_later();
}

START_TEST(first_leg)
{
    store_open();
    as_both_packages(&package, all_tests);
    store_close();
}
