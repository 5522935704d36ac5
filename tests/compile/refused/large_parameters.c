/* refused: the parameters of large take more than 128 bytes */
#include "decorated.h"

int large(struct wide w);
PAR_DECORATE(int, large, (struct wide, w))
