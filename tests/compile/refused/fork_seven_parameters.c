/* refused: a forkable function takes at most 6 parameters */
#include "par_fork.h"

PAR_FORKABLE(int, seven, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g))
{
    return 0;
}
