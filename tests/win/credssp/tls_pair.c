/* Certificates and records as the tests of Schannel have them. */
#include "../schannel/pair.c"
