/* refused: f_future */
#include "decorated.h"
#include "par_ffi.h"

par_task make(struct point p);

par_task make(struct point p)
{
    return par_ffi_future(middle, p, p);
}
