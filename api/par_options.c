/* par_options.c - reading option structs of any size, and seconds. */
#include "par_options.h"

#include <string.h>

#include "../sched/base.h"
#include "par_error.h"
#include "pool.h"

/* No struct of options will be larger: what says so has no size at all. */
enum { LARGEST = 4096 };

int par_options_read(void *to, size_t known, const void *from)
{
    size_t size;
    memcpy(&size, from, sizeof(size));
    if (size < sizeof(size) || size > LARGEST)
        return PAR_EINVAL;
    memset(to, 0, known);
    memcpy(to, from, size < known ? size : known);
    for (size_t i = known; i < size; i++) {
        if (((const unsigned char *)from)[i] != 0)
            return PAR_EINVAL;
    }
    return 0;
}

/* Nanoseconds, saturating; `seconds` is not NaN and not negative. */
static int64_t nanoseconds(double seconds)
{
    return seconds < 9e9 ? (int64_t)(seconds * 1e9) : PAR_NEVER;
}

int par_options_instant(double timeout, double deadline, int64_t now, int64_t *instant,
                        const char **what)
{
    *what = !(timeout >= 0) ? "timeout" : "deadline";
    if (!(timeout >= 0) || !(deadline >= 0))
        return PAR_EINVAL;
    int64_t after = timeout > 0 ? nanoseconds(timeout) : PAR_NEVER;
    int64_t first = after < PAR_NEVER - now ? now + after : PAR_NEVER;
    int64_t at = deadline > 0 ? nanoseconds(deadline) : PAR_NEVER;
    *instant = at < first ? at : first;
    return 0;
}
