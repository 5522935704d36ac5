/* twin.c - decorates what warnings.c decorates: both must link into one program. */
#include "decorated.h"

par_task another_task(void);

par_task another_task(void)
{
    return par_future(get_price, "BTC");
}
