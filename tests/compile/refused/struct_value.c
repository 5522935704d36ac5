/* refused: f_future */
#include "decorated.h"

par_task make(struct point p);

par_task make(struct point p)
{
    return par_future(middle, p);
}
