/* httpserver PACKAGE
 * A web server that lets in who logs on with NTLM or Negotiate (RFC 4559): AcceptSecurityContext as
 * a program writes it, one context a connection. Writes "PORT n", then serves until it is ended. A
 * page is the name of who reads it. One connection at a time.
 */
#include "lib/peer.h"
#include <stdio.h>

enum { HEAD_MAX = 1 << 18 };
static char package_name[16]; /* as in the headers */

static void send_page(struct http *h, const char *status, const char *headers, const char *page)
{
    static char text[HEAD_MAX];

    snprintf(text, sizeof text,
            "HTTP/1.1 %s\r\n%sContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            "%zu\r\n\r\n"
            "%s",
            status, headers, strlen(page), page);
    http_send(h, text);
}

static void send_page_with_token(
        struct http *h, const char *status, const struct run *token, const char *page)
{
    static char field[HEAD_MAX / 2];

    http_format_token(field, sizeof field, "WWW-Authenticate", package_name, token);
    send_page(h, status, field, page);
}

static void user_of(struct party *p, char *utf8, int capacity)
{
    SecPkgContext_NamesW names = {0};

    SECURITY_STATUS status = QueryContextAttributesW(&p->context, SECPKG_ATTR_NAMES, &names);
    if (status != SEC_E_OK)
        fail("SECPKG_ATTR_NAMES", (ULONG)status);
    WideCharToMultiByte(CP_UTF8, 0, names.sUserName, -1, utf8, capacity, NULL, NULL);
    FreeContextBuffer(names.sUserName);
}

static void let_in(struct http *h, struct party *p, const struct run *token)
{
    char user[512] = "", page[1024];

    user_of(p, user, sizeof user);
    snprintf(page, sizeof page, "hello %s\n", user);
    if (token->size)
        send_page_with_token(h, "200 OK", token, page);
    else
        send_page(h, "200 OK", "", page);
}

/* A new login on the same connection begins with a new context. */
static void start_over(struct party *p)
{
    if (p->has_context)
        DeleteSecurityContext(&p->context);
    p->has_context = p->established = FALSE;
    p->in.size = 0;
}

static void login_leg(struct http *h, struct party *p)
{
    struct run token = {0};

    SECURITY_STATUS status = party_step(p, &token);
    fprintf(stderr, "AcceptSecurityContext: 0x%08lX, attributes 0x%lX\n", status, p->attributes);
    if (status == SEC_E_OK) {
        let_in(h, p, &token);
    } else if (status == SEC_I_CONTINUE_NEEDED) {
        send_page_with_token(h, "401 Unauthorized", &token, "");
    } else {
        char page[64];
        snprintf(page, sizeof page, "refused 0x%08lX\n", status);
        token.size = 0;
        start_over(p);
        send_page_with_token(h, "401 Unauthorized", &token, page);
    }
    free(token.data);
}

/* The connection that is served; browsers keep theirs open. */
static SOCKET volatile served = INVALID_SOCKET;

static void serve(SOCKET socket, const CredHandle *credential)
{
    struct http h = {.socket = socket};
    struct party p = {.server = TRUE,
            .credential = *credential,
            .request = ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONNECTION};
    static const struct run none;

    while (http_read(&h)) {
        BOOL offered = http_token(&h, "Authorization", package_name, &p.in);
        if (offered && p.established) {
            start_over(&p);
            http_token(&h, "Authorization", package_name, &p.in);
        }
        if (offered)
            login_leg(&h, &p);
        else if (p.established)
            let_in(&h, &p, &none);
        else
            send_page_with_token(&h, "401 Unauthorized", &none, "log in\n");
    }
    start_over(&p);
    served = INVALID_SOCKET;
    closesocket(socket);
}

/* The end of a pipe as stdin is the end of the server: Wine 8.0's wineserver may fall over a process that
 * is killed while it waits for a connection (sock_get_poll_events: an assertion), and all programs of the
 * prefix with it. */
static volatile LONG over;

static DWORD WINAPI watch(void *input)
{
    char byte;
    DWORD size;

    while (ReadFile(input, &byte, 1, &size, NULL) && size) {
    }
    InterlockedExchange(&over, 1);
    if (served != INVALID_SOCKET)
        shutdown(served, SD_BOTH);
    return 0;
}

static void watch_input(void)
{
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE);

    if (GetFileType(input) == FILE_TYPE_PIPE)
        CloseHandle(CreateThread(NULL, 0, watch, input, 0, NULL));
}

/* INVALID_SOCKET: it is over. */
static SOCKET next_connection(SOCKET listener)
{
    while (!over) {
        struct timeval tenth = {0, 100000};
        fd_set set;

        FD_ZERO(&set);
        FD_SET(listener, &set);
        if (select(0, &set, NULL, NULL, &tenth) > 0)
            return served = accept(listener, NULL, NULL);
    }
    return INVALID_SOCKET;
}

int wmain(int argc, WCHAR **argv); /* mingw-w64 has no prototype */

int wmain(int argc, WCHAR **argv)
{
    struct party party = {.server = TRUE};

    if (argc != 2)
        fail("usage: httpserver NTLM|Negotiate", 0);
    arg_count = argc;
    arg_values = argv;
    WideCharToMultiByte(CP_UTF8, 0, argv[1], -1, package_name, sizeof package_name - 1, NULL, NULL);
    SECURITY_STATUS status = party_acquire(&party, argv[1], NULL);
    if (status < 0)
        fail("AcquireCredentialsHandle", (ULONG)status);
    SOCKET listener = net_listen(), s;
    watch_input();
    while ((s = next_connection(listener)) != INVALID_SOCKET)
        serve(s, &party.credential);
    closesocket(listener);
    return 0;
}
