/* decorated.h - functions that are decorated in a header, for any number of sources. */
#ifndef PAR_TESTS_DECORATED_H
#define PAR_TESTS_DECORATED_H

#include <complex.h>
#include <stdbool.h>
#include <stdint.h>

#include "par_future.h"

struct point {
    int x, y;
};

struct bits {
    unsigned narrow : 3;
};

struct wide {
    char bytes[129];
};

struct point middle(struct point a, struct point b);
double get_price(const char *crypto, const char *period);
int of_8(int a, int b, int c, int d, int e, int f, int g, int h);
void tick(void);

PAR_DECORATE(struct point, middle, (struct point, a), (struct point, b, (struct point){1, 2}))
PAR_DECORATE(double, get_price, (const char *, crypto), (const char *, period, "5m"))
PAR_DECORATE(int, of_8, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g),
             (int, h, 8))
PAR_DECORATE(void, tick)

#endif
