/* refused: declare it as a pointer */
#include "decorated.h"

int sum(const int *numbers);
PAR_DECORATE(int, sum, (int[4], numbers))
