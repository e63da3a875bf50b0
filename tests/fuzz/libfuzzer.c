/* In driver.c's place when a target runs under libFuzzer, which brings a main of its own. See hunt. */
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_prepare();
    return 0;
}
