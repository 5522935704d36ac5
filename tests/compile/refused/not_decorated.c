/* refused: par_function_of_plain */
#include "decorated.h"

int plain(int n);

par_task make(void);

par_task make(void)
{
    return par_future(plain, 1);
}
