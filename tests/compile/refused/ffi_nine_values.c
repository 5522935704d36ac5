/* refused: par_ffi_future() takes at most 8 values */
#include "decorated.h"
#include "par_ffi.h"

int of_9(int, int, int, int, int, int, int, int, int);

par_task make(void);

par_task make(void)
{
    return par_ffi_future(of_9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
}
