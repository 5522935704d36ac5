/* refused: declare it as a pointer */
#include "par_fork.h"

PAR_FORKABLE(int, of_array, (int[4], numbers))
{
    return numbers[0];
}
