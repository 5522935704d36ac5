/* counted.c - the counts of counted.h. */
#include "counted.h"

_Thread_local counted counted_here;
