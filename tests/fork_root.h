/* fork_root.h - for tests: calls of forkable functions in a scheduler of the test's own.
 *
 *     FORK_ROOT(result, scheduler, limit, f, (arguments, ...))
 */
#ifndef PAR_TESTS_FORK_ROOT_H
#define PAR_TESTS_FORK_ROOT_H

#include "../api/par_fork.h"
#include "../sched/fork.h"

#define FORK_ROOT(result, scheduler, limit, f, arguments)                              \
    do {                                                                               \
        static uint32_t fork_root_cost;                                                \
        par_fork_deque *fork_root = par_fork_begin(scheduler, limit, &fork_root_cost); \
        par_fork_front *par_front = par_fork_front_of(fork_root);                      \
        par_fork_slot *par_head = par_fork_head_of(fork_root);                         \
        result = par_here(f, FORK_ROOT_ARGUMENTS arguments);                           \
        par_fork_end(fork_root, &fork_root_cost);                                      \
    } while (0)
#define FORK_ROOT_ARGUMENTS(...) __VA_ARGS__

#endif
