/* base.c - the spin hint, from Concurrency Kit. */
#include "base.h"

#include <ck_pr.h>

void par_spin_hint(void)
{
    ck_pr_stall();
}
