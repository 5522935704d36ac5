/* refused: f_future */
#include "decorated.h"

par_task make(float complex z);

par_task make(float complex z)
{
    return par_future(of_8, z);
}
