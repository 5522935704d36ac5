/* refused: f_future */
#include "decorated.h"

par_task make(void);

par_task make(void)
{
    return par_future(of_8, 1.0L);
}
