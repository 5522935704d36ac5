/* cost.h - how long functions take, as far as it matters: is a call worth telling others of? Internal to
 * api/.
 *
 * The estimate is nanoseconds, from 32 to 8192; 0: not known. It is a running mean that rises
 * faster than it falls: of some tasks of a call that comes rarely the first takes long, since it finds nothing
 * in the caches, and what counts is what they take together. It is left alone as long as it is right by a
 * factor of two, since all threads that run the function read its cache line. Threads that write it at the same time may undo each other's step, which does no
 * harm. */
#ifndef PAR_API_COST_H
#define PAR_API_COST_H

#include <stddef.h>
#include <stdint.h>

#include "../sched/atomic.h"
#include "par_function.h"

enum { PAR_COST_LEAST = 32, PAR_COST_MOST = 8192, PAR_COST_RISE = 4, PAR_COST_FALL = 8 };

/* What a call may cost that is run by its caller alone: about what it costs to wake a thread. And what
 * one may cost whose tasks cost so little each on average that for another thread to take them over, and
 * for the caller to read what it has made of them, costs more: some transfers of cache lines. */
enum { PAR_COST_CHEAP = 6000, PAR_COST_SMALL = 64, PAR_COST_CHEAP_IF_SMALL = 100000 };

/* A call of n tasks that together seem to cost this: for how long its caller shall try to run it alone; 0:
 * not at all. A caller that is interrupted shall not take it for more than it is. */
static inline uint32_t par_cost_alone(uint64_t cost, size_t n)
{
    if (cost > PAR_COST_CHEAP && (cost > PAR_COST_CHEAP_IF_SMALL || cost / PAR_COST_SMALL > n))
        return 0;
    return 2 * (uint32_t)cost + 2 * PAR_COST_MOST;
}

static inline _Atomic uint32_t *par_cost_word(const par_function *function)
{
    return (_Atomic uint32_t *)function->cost;
}

/* Nanoseconds; more than is cheap where it is not known. */
static inline uint32_t par_cost_of(const par_function *function)
{
    uint32_t cost = function->cost != NULL ? par_load_relaxed(par_cost_word(function)) : 0;
    return cost != 0 ? cost : PAR_COST_MOST;
}

/* The function has run, for so long. */
static inline void par_cost_note(const par_function *function, int64_t ran)
{
    if (function->cost == NULL)
        return;
    uint32_t cost = par_load_relaxed(par_cost_word(function));
    uint32_t now = ran < PAR_COST_LEAST  ? PAR_COST_LEAST
                   : ran > PAR_COST_MOST ? PAR_COST_MOST
                                         : (uint32_t)ran;
    if (cost == 0)
        par_store_relaxed(par_cost_word(function), now);
    else if (now > 2 * cost)
        par_store_relaxed(par_cost_word(function), cost + (now - cost) / PAR_COST_RISE);
    else if (2 * now < cost)
        par_store_relaxed(par_cost_word(function), cost - (cost - now) / PAR_COST_FALL);
}

#endif
