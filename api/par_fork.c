/* par_fork.c - which pool a call of a forkable function works in; the rest is the scheduler's. */
#include "par_fork.h"

#include <stdio.h>

#include "../sched/fork.h"
#include "context.h"
#include "fork.h"
#include "pool.h"

/* The pool in which a call of the calling thread works: of its own worker or task, or the default one.
 * NULL: there is none to be had. */
static par_scheduler *enter_usual_pool(par_fork_root *root)
{
    par_scheduler *scheduler = par_scheduler_current();
    const par_context *context = par_context_current();
    par_pool *handle = context != NULL ? context->job->pool : NULL;
    par_pool_state *state;
    if (scheduler == NULL && par_pool_enter(&handle, 1, context != NULL, &state) == 0) {
        root->pool = handle;
        scheduler = state->scheduler;
    }
    return scheduler;
}

int par_fork_enter_pool(par_fork_root *root, par_pool *pool, unsigned limit)
{
    par_scheduler *scheduler;
    par_pool_state *state;
    root->pool = pool;
    if (pool == NULL) {
        scheduler = enter_usual_pool(root);
    } else {
        int rc = par_pool_enter(&pool, 1, par_context_current() != NULL, &state);
        if (rc != 0)
            return rc;
        scheduler = state->scheduler;
    }
    root->deque = par_fork_begin(scheduler, limit, root->cost);
    root->front = par_fork_front_of(root->deque);
    root->head = par_fork_head_of(root->deque);
    return 0;
}

void par_fork_enter(par_fork_root *root)
{
    par_fork_enter_pool(root, NULL, 0);
}

void par_fork_leave(par_fork_root *root)
{
    par_fork_end(root->deque, root->cost);
    if (root->pool != NULL)
        par_pool_leave(root->pool);
}

par_fork_slot *par_fork_place(par_fork_front *front, par_fork_slot *head)
{
    return par_fork_spawning(front, head);
}

void par_fork_placed(par_fork_front *front, par_fork_slot *head, par_fork_slot *slot)
{
    par_fork_spawned(front, head, slot);
}

par_fork_slot *par_fork_wait(par_fork_front *front, par_fork_slot *newest)
{
    return par_fork_join(front, newest);
}

void par_fork_misused(const char *function, const char *what)
{
    fprintf(stderr, "par: %s(): %s\n", function, what);
    __builtin_trap();
}
