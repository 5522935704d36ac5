/* par_fork.c - which pool a call of a forkable function works in; the rest is the scheduler's. */
#include "par_fork.h"

#include <stdio.h>

#include "../sched/fork.h"
#include "context.h"
#include "pool.h"

/* Inside a pool, if it is not the calling thread's own; NULL: there is none to be had. */
static par_scheduler *enter_pool(par_fork_root *root)
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

void par_fork_enter(par_fork_root *root)
{
    root->pool = NULL;
    root->deque = par_fork_begin(enter_pool(root), 0, root->cost);
    root->front = par_fork_front_of(root->deque);
    root->head = par_fork_head_of(root->deque);
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
