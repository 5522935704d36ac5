/* refused: f_future */
#include "decorated.h"

__extension__ typedef __int128 int128;

par_task make(int128 i);

par_task make(int128 i)
{
    return par_future(of_8, i);
}
