/* refused: too few arguments */
#include "decorated.h"

int plain(int a, int b);
PAR_DECORATE(int, plain, (int, a))
