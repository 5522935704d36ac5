/* refused: PAR_DECORATE() takes a result and a function */
#include "decorated.h"

PAR_DECORATE(double)
