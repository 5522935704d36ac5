/* par_build.c - tasks as a program would write them, with arguments unknown to the compiler. */
#include "par_build.h"

#include <par.h>
#include <string.h>

#include "../bench.h"

static double stamp(const char *crypto)
{
    return crypto != NULL;
}

static double finex(const char *crypto, const char *period)
{
    return crypto != NULL && period != NULL;
}

PAR_DECORATE(double, stamp, (const char *, crypto))
PAR_DECORATE(double, finex, (const char *, crypto), (const char *, period, "5m"))

enum { ELEMENTS = 64 };

static const char *volatile btc = "BTC";
static const char *volatile ten_minutes = "10m";

/* What is behind the pointer is as good as read here: it has to have been written. */
static inline void keep(const void *pointer)
{
    __asm__ volatile("" : : "r"(pointer) : "memory");
}

static void list_par_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0)
        keep(par_list(par_future(stamp, crypto), par_future(finex, crypto, par_kw(period, period)),
                      par_future(finex, crypto))
                 .elements);
}

static void named_par_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0)
        keep(par_named({"stamp", par_future(stamp, crypto)},
                       {"finex", par_future(finex, crypto, par_kw(period, period))},
                       {"again", par_future(finex, crypto)})
                 .elements);
}

static void list_f_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0)
        keep(par_list(stamp_future(crypto), finex_future(crypto, period),
                      finex_future(crypto, period))
                 .elements);
}

static void named_f_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0)
        keep(par_named({"stamp", stamp_future(crypto)}, {"finex", finex_future(crypto, period)},
                       {"again", finex_future(crypto, period)})
                 .elements);
}

static par_task elements[ELEMENTS];

static void element_f_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0) {
        elements[times % ELEMENTS] = finex_future(crypto, period);
        keep(elements);
    }
}

static void element_par_future(size_t times)
{
    const char *crypto = btc, *period = ten_minutes;
    while (times-- != 0) {
        elements[times % ELEMENTS] = par_future(finex, crypto, par_kw(period, period));
        keep(elements);
    }
}

void build_tasks(const char *what, size_t times)
{
    static const struct {
        const char *what;
        void (*build)(size_t times);
    } ways[] = {
        {"par_list, par_future", list_par_future}, {"par_named, par_future", named_par_future},
        {"par_list, f_future", list_f_future},     {"par_named, f_future", named_f_future},
        {"element, f_future", element_f_future},   {"element, par_future", element_par_future},
    };
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].what, what) == 0) {
            ways[i].build(times);
            return;
        }
    }
    bench_die("there is no way to build \"%s\"", what);
}
