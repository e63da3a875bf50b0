/* A number for this process, so that a server here knows a login that began here. Windows makes one
 * for the machine when it starts ([MS-NLMP] 2.2.2.2); under Wine nothing starts and ends with the
 * machine. */
#include "msv1_0.h"

static struct {
    INIT_ONCE once;
    BOOL made;
    uint8_t id[NTLM_MACHINE_ID_SIZE];
} machine = {.once = INIT_ONCE_STATIC_INIT};

static BOOL CALLBACK make(INIT_ONCE *once, void *parameter, void **context)
{
    struct world world = ssp_world();
    (void)once, (void)parameter, (void)context;

    machine.made = world.random(world.self, machine.id, sizeof machine.id) == ST_OK;
    return TRUE;
}

const uint8_t *machine_id(void)
{
    InitOnceExecuteOnce(&machine.once, make, NULL, NULL);
    return machine.made ? machine.id : NULL;
}
