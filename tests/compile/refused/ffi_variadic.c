/* refused: no variadic function */
#include "decorated.h"
#include "par_ffi.h"

int log_line(const char *format, ...);

par_task make(void);

par_task make(void)
{
    return par_ffi_future(log_line, "text");
}
