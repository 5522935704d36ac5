/* refused: exactly the types */
#include "decorated.h"
#include "par_ffi.h"

double d2(double a, double b);

par_task make(void);

par_task make(void)
{
    return par_ffi_future(d2, 3, 2);
}
