/* refused: f_future */
#include "decorated.h"

par_value make(struct point p);

par_value make(struct point p)
{
    return par_kw(a, p);
}
