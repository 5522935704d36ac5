/* refused: par_key_is_a_name_or_an_integer */
#include "par.h"

double get(const par_results *results);

double get(const par_results *results)
{
    return par_get(results, 1.0, double);
}
