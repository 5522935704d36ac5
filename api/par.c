/* par.c - the version. */
#include "par.h"

#include "par_config.h"

const char *par_version(void)
{
    return PAR_VERSION;
}
