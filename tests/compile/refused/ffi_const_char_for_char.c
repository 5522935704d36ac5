/* refused: exactly the types */
#include "decorated.h"
#include "par_ffi.h"

int writes(char *to);

par_task make(const char *p);

par_task make(const char *p)
{
    return par_ffi_future(writes, p);
}
