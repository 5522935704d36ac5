/* refused: f_future */
#include "decorated.h"

par_task make(struct bits b);

par_task make(struct bits b)
{
    return par_future(of_8, b.narrow);
}
