/* par_map.h - par_map(): one decorated function over many lists of arguments. For C; from other
 * languages use par_map_run().
 *
 *     PAR_DECORATE(double, get_price, (const char *, exchange), (const char *, coin))
 *
 *     PAR_ARGUMENTS(get_price) wanted[] = {{"bitstamp", "BTC"}, {"coinbase", "BTC"}};
 *     PAR_AUTO(par_results) *prices = NULL;
 *     int rc = par_map(&prices, get_price, wanted, 2, .timeout = 10);
 *     double first = par_get(prices, 0, double); */
#ifndef PAR_MAP_H
#define PAR_MAP_H

#include "par_export.h"
#include "par_function.h"
#include "par_options.h"
#include "par_results.h"

PAR_BEGIN_DECLS

/* par_run() with a task for each of the n structs of arguments at `values`, laid out as the function's
 * descriptor says, all of them given. The results are found by index. The structs are copied before it
 * returns, strings too. Codes as par_run(); PAR_EARGS, too, when `function` is NULL or has no parameters,
 * and when `values` is NULL while n is not 0. */
PAR_API int par_map_run(par_results **out, const par_function *function, const void *values,
                        size_t n, const par_options *options);

PAR_END_DECLS

#ifndef __cplusplus

/* The struct of the arguments of a decorated function: its parameters by their names, in order. */
#define PAR_ARGUMENTS(function) struct par_arguments_of_##function

/* par_map(&results, function, values, n, .timeout = 10, ...): `values` are PAR_ARGUMENTS(function). */
#define par_map(...) PAR_MAP_(__VA_ARGS__, .size = sizeof(par_options))

/* Internals. */
#define PAR_MAP_(out, function, values, n, ...)                                                 \
    par_map_run((out), par_function_of(function), (values),                                     \
                (n) + PAR_ASSERTED(0, PAR_IS_LISTS(values, struct par_arguments_of_##function), \
                                   "the argument lists of " #function                           \
                                   " are PAR_ARGUMENTS(" #function ")"),                        \
                &(const par_options){__VA_ARGS__})
#define PAR_IS_LISTS(values, arguments) \
    _Generic((values), arguments * : 1, const arguments * : 1, default : 0)
#endif
#endif
