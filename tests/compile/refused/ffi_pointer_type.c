/* refused: exactly the types */
#include "decorated.h"
#include "par_ffi.h"

int on_long(long *p);

par_task make(int *p);

par_task make(int *p)
{
    return par_ffi_future(on_long, p);
}
