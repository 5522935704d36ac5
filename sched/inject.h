/* inject.h - the injection list: how threads outside the pool hand work in.
 *
 * Any thread pushes, at any time, without waiting for another; a thread that takes, takes all. */
#ifndef PAR_SCHED_INJECT_H
#define PAR_SCHED_INJECT_H

#include <stdbool.h>

#include "base.h"

/* Embedded in what is handed in; in one list at a time. Not to be looked into. */
typedef struct par_inject_node {
    void *next;
} par_inject_node;

typedef struct par_inject {
    _Alignas(PAR_CACHE_LINE) void *stack[2];
} par_inject;

void par_inject_init(par_inject *inject);

/* Hands `node` in. What the caller did before is visible to the thread that takes it. */
void par_inject_push(par_inject *inject, par_inject_node *node);

/* Takes all that has been handed in, oldest first; NULL when there was nothing. */
par_inject_node *par_inject_take(par_inject *inject);

/* The node taken after this one, or NULL. Read it before `node` is pushed again. */
par_inject_node *par_inject_next(const par_inject_node *node);

/* Was there nothing, at some instant during the call? */
bool par_inject_empty(const par_inject *inject);

#endif
