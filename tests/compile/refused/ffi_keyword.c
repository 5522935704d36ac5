/* refused: incompatible */
#include "decorated.h"
#include "par_ffi.h"

int plain(int n);

par_task make(void);

par_task make(void)
{
    return par_ffi_future(plain, par_kw(n, 1));
}
