/* opensspi's own account store: README, libs/ssp/accounts.h. Nothing here is about Windows. */
#include "../accounts.h"
#include "../login.h"

static SECURITY_STATUS log_in(void)
{
    struct login *l = calloc(1, sizeof(*l));
    SECURITY_STATUS status;

    l->identity = good_identity();
    login_run(l);
    status = l->server_status;
    login_close(l);
    free(l);
    return status;
}

static void test_readable(void)
{
    SECURITY_STATUS status;

    store_write(accounts, ARRAY_SIZE(accounts), READABLE_FILE);
    status = log_in();
    ok(status == SEC_E_NO_AUTHENTICATING_AUTHORITY, "others can read it: %08lx\n", status);
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
    status = log_in();
    ok(status == SEC_E_OK, "private again: %08lx\n", status);
}

/* The store is read anew for each login. */
static void test_changes(void)
{
    static const struct account other = {L"alice", L"", L"Another1"},
                                twice[] = {{L"alice", L"ELSEWHERE", L"Another1"},
                                        {L"alice", L"", L"Wonder-Land1"}};
    SECURITY_STATUS status;

    store_write(&other, 1, PRIVATE_FILE);
    status = log_in();
    ok(status == SEC_E_LOGON_DENIED, "another password now: %08lx\n", status);
    store_write(twice, 2, PRIVATE_FILE);
    status = log_in();
    ok(status == SEC_E_OK, "the account of the other domain is not meant: %08lx\n", status);
    store_write(NULL, 0, PRIVATE_FILE);
    status = log_in();
    ok(status == SEC_E_LOGON_DENIED, "no accounts: %08lx\n", status);
}

static void test_missing(void)
{
    SECURITY_STATUS status;

    store_delete();
    status = log_in();
    ok(status == SEC_E_NO_AUTHENTICATING_AUTHORITY, "no store: %08lx\n", status);
    store_write(accounts, ARRAY_SIZE(accounts), PRIVATE_FILE);
}

START_TEST(store)
{
    if (!store_open()) {
        skip("the account store is opensspi's\n");
        return;
    }
    test_readable();
    test_changes();
    test_missing();
    store_close();
}
