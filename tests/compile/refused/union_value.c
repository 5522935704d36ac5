/* refused: f_future */
#include "decorated.h"

union number {
    int i;
    float f;
};

par_task make(union number u);

par_task make(union number u)
{
    return par_future(of_8, u);
}
