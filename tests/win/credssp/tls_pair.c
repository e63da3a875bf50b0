/* Certificates and records as the tests of Schannel have them. */
#define test_certificate tls_test_certificate /* pair.c has one of its own */
#include "../schannel/pair.c"
