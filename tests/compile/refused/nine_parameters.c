/* refused: PAR_DECORATE() takes at most 8 parameters */
#include "decorated.h"

int of_9(int, int, int, int, int, int, int, int, int);
PAR_DECORATE(int, of_9, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g),
             (int, h), (int, i))
