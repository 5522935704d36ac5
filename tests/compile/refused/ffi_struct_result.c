/* refused: whose result is void, a pointer or a number */
#include "decorated.h"
#include "par_ffi.h"

struct point origin(void);

par_task make(void);

par_task make(void)
{
    return par_ffi_future(origin);
}
