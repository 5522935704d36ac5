/* warnings.c - every form of the macros that make tasks; must compile without a warning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decorated.h"
#include "par_auto.h"
#include "par_ffi.h"
#include "par_fork.h"
#include "par_loop.h"
#include "par_map.h"
#include "par_pool.h"

/* What the rest of the program may have: globals that parameters are also called. */
extern const char *crypto;
extern int by, task, n, value, result;

enum color { RED, GREEN };

union number {
    int i;
    float f;
};

int next(void);
int twice(int n);
float scale(float by, const volatile int *cell, bool flag);
int (*choose(int (*function)(int), enum color color))(int);
union number flip(union number number, const int times, char *const to);
long double half(long double x);
void takes_char(char c, signed char s, unsigned char u, short h, unsigned short j);
size_t count(const void *bytes, size_t n);
const char *name_of(uint64_t id, int64_t other);
int used_by_nobody(int n);
char *copy(char *restrict to, const char *restrict from, volatile int turns);

PAR_DECORATE(int, next)
PAR_DECORATE(int, twice, (int, n, next() + 1))
PAR_DECORATE(float, scale, (float, by, 0.5f), (const volatile int *, cell, NULL),
             (bool, flag, true))
PAR_DECORATE(__typeof__(int (*)(int)), choose, (int (*)(int), function, twice),
             (enum color, color, GREEN))
PAR_DECORATE(union number, flip, (union number, number), (const int, times, 1), (char *, to, NULL))
PAR_DECORATE(long double, half, (long double, x, 1.0L))
PAR_DECORATE(void, takes_char, (char, c, 'x'), (signed char, s), (unsigned char, u), (short, h),
             (unsigned short, j))
PAR_DECORATE(size_t, count, (const void *, bytes), (size_t, n))
PAR_DECORATE(const char *, name_of, (uint64_t, id), (int64_t, other))
PAR_DECORATE(int, used_by_nobody, (int, n))
PAR_DECORATE(char *, copy, (char *restrict, to), (const char *restrict, from, "text"),
             (volatile int, turns, 1))

void make(par_calls calls, par_extra_values extras);
void typed(int i, struct point p, char *buffer);
void by_value(int i, struct point *p, char *buffer);
void foreign(double x, char *buffer);
void automatic(void);
par_task another_task(void);

void typed(int i, struct point p, char *buffer)
{
    int cell = i;
    par_task tasks[4];
    tasks[0] = next_future();
    tasks[1] = scale_future(0.5f, &cell, true);
    tasks[i & 3] = flip_future((union number){.i = 3}, 1, buffer);
    tasks[3] = par_check(choose_future(twice, RED), PAR_NULL);
    make(par_array(tasks, 4), (par_extra_values){0});
    make(par_list(middle_future(p, p), half_future(1.0L), tick_future(),
                  of_8_future(1, 2, 3, 4, 5, 6, 7, i)),
         par_extras(par_kw(period, "10m"), par_kw(n, i), par_kw(by, 0.5)));
    make(par_named({"a", takes_char_future('a', 1, 2, 3, 4)}, {"b", name_of_future(1, -1)},
                   {buffer, count_future(buffer, 3)}),
         par_extras());
}

void by_value(int i, struct point *p, char *buffer)
{
    const char *const text = buffer;
    const char array[] = "array";
    const double d = 2;
    volatile short s = 3;
    enum color color = GREEN;
    const par_named_task entries[] = {{"one", par_future(next)}, {"two", par_future(twice, i++)}};
    make(par_named_array(entries, 2), par_extras(par_kw(crypto, NULL)));
    make(par_list(), par_extras());
    make(par_named(), par_extras(par_kw(color, color)));
    make(par_list(par_future(get_price, text), par_future(get_price, array, buffer),
                  par_future(get_price, "BTC", par_kw(period, "10m")),
                  par_future(get_price, par_kw(period, NULL), par_kw(crypto, buffer)),
                  par_future(scale, d, &s, 1), par_future(scale, 1.0f, NULL, par_kw(flag, true)),
                  par_future(choose, twice, color), par_future(choose, &twice, GREEN),
                  par_future(takes_char, 'c', (char)1, (unsigned char)2, s, (unsigned short)3),
                  par_future(count, p, sizeof(*p)), par_future(count, p->x ? array : buffer, 1u),
                  par_future(name_of, UINT64_MAX, INT64_MIN), par_future(twice, p->x ? i : 3L),
                  par_future(of_8, 1, 2u, 3L, 4UL, 5LL, 6ULL, 7.0f, 8.0)),
         par_extras(par_kw(period, buffer)));
    par_task checked = par_check(par_future(get_price, "BTC"), PAR_NAN);
    make(par_array(&checked, 1), (par_extra_values){0});
    make(par_array(NULL, 0), (par_extra_values){0});
    checked = another_task();
}

#if PAR_HAS_FFI
void foreign(double x, char *buffer)
{
    double (*function)(double, double) = pow;
    make(par_list(par_ffi_future(rand), par_ffi_future(pow, x, 10.0),
                  par_ffi_future(function, x, x), par_ffi_future(strlen, "text"),
                  par_ffi_future(strcpy, buffer, "text"), par_ffi_future(abs, -3),
                  par_ffi_future(free, (void *)buffer), par_ffi_future(twice, 3),
                  par_ffi_future(choose, twice, RED == 0 ? GREEN : (enum color)RED),
                  par_check(par_ffi_future(getenv, "HOME"), PAR_NULL),
                  par_ffi_future(of_8, 1, 2, 3, 4, 5, 6, 7, 8)),
         par_extras());
}
#endif

/* Fork and join. */
int *forked(long depth);
void loops(int *results, double *sums);
void range(size_t begin, size_t end, void *context);
void part(size_t begin, size_t end, void *partial, void *context);
void join(void *into, const void *from, void *context);

PAR_FORKABLE_DECLARE(__typeof__(int *), second, (const long, depth), (char *const, text));

PAR_FORKABLE(void, nothing)
{
}

PAR_FORKABLE(union number, sixth, (_Bool, flag), (union number, number), (struct point, place),
             (int (*)(int), function), (double, x), (const char *, text))
{
    if (flag && function(1) && x > 0 && text && place.x > 0)
        par_here(nothing);
    return number;
}

PAR_FORKABLE(long, first, (long, depth))
{
    par_spawn(nothing);
    par_spawn(second, depth + 1, NULL);
    for (int i = 0; i < 2; i++) {
        par_spawn(sixth, true, ((union number){.i = i}), ((struct point){0}), twice, 1, "text");
        par_sync(sixth);
    }
    int *p = par_sync(second);
    par_sync(nothing);
    return depth > 0 ? par_here(first, depth - 1) : p != NULL;
}

PAR_FORKABLE(__typeof__(int *), second, (const long, depth), (char *const, text))
{
    int *p = NULL;
    (void)text;
    par_spawn(first, depth - 1);
    return par_sync(first) + depth > 2 ? p : NULL;
}

PAR_FORKABLE(int, used_by_nobody_either, (short, depth))
{
    return depth;
}

int *forked(long depth)
{
    nothing();
    return first(depth) > 0 ? second(depth, NULL) : NULL;
}

void loops(int *results, double *sums)
{
    PAR_AUTO(par_results) *r = NULL;
    PAR_ARGUMENTS(get_price) lists[] = {{"BTC", "5m"}, {"ETH", NULL}};
    const PAR_ARGUMENTS(twice) one = {1};
    if (par_for(0, 10, range, results) == 0)
        par_for(1u, 10L, range, NULL, .grain = 2, .max_workers = 3, .pool = par_pool_default());
    par_reduce(sums, 0, 10, part, join, NULL);
    par_reduce(&sums[1], 0, 10, part, join, results, .grain = 1);
    par_map(&r, get_price, lists, 2);
    par_map(&r, twice, &one, 1, .timeout = 1);
}

void automatic(void)
{
    PAR_AUTO(par_results) *results = NULL;
    PAR_AUTO(par_async) *async = NULL;
    (void)results;
    (void)async;
}
