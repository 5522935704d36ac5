/* refused: the parameters of wide take more than 112 bytes */
#include "par_fork.h"

struct large {
    char bytes[100];
};

PAR_FORKABLE(int, wide, (struct large, a), (struct large, b))
{
    return a.bytes[0] + b.bytes[0];
}
