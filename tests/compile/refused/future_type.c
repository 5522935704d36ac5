/* refused: incompatible */
#include "decorated.h"

par_task make(struct bits b);

par_task make(struct bits b)
{
    return middle_future(b, b);
}
