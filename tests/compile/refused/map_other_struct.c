/* refused: the argument lists of twice are PAR_ARGUMENTS(twice) */
#include "decorated.h"
#include "par_map.h"

int twice(int n);
PAR_DECORATE(int, twice, (int, n))

void map_wrongly(par_results **results);

void map_wrongly(par_results **results)
{
    double values[2] = {1, 2};
    par_map(results, twice, values, 2);
}
