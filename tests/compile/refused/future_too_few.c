/* refused: too few arguments */
#include "decorated.h"

par_task make(void);

par_task make(void)
{
    return get_price_future("BTC");
}
