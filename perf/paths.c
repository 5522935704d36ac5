/* paths.c - each hot path of the library by itself, in one thread, so that what it does can be counted.
 *
 *     perf_paths PATH TIMES     walks the path so often
 *     perf_paths                names the paths
 *
 * Linked with the library as it is, for callgrind to count instructions; and with one that counts atomic
 * operations (counted.h), which then prints them. perf/count-paths runs both. */
#include <par.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/elastic.h"
#include "../sched/fork_deque.h"
#include "../sched/steal.h"
#include "../sched/worker.h"

static int nothing(int n)
{
    return n;
}

PAR_DECORATE(int, nothing, (int, n))

PAR_FORKABLE(int, leaf, (int, n))
{
    return n;
}

PAR_FORKABLE(long, spawn_and_sync, (long, times))
{
    long sum = 0;
    for (long i = 0; i < times; i++) {
        par_spawn(leaf, 1);
        sum += par_sync(leaf);
    }
    return sum;
}

static void walk_spawn_and_sync(long times)
{
    spawn_and_sync(times);
}

static void walk_root(long times)
{
    for (long i = 0; i < times; i++)
        leaf(1);
}

/* A call that is shared, stolen, run and joined: the owner's part and the thief's. */
static void walk_steal(long times)
{
    par_fork_deque *deque = par_fork_deque_new(0, 16);
    par_store_relaxed(&deque->own.limit, 2);
    par_fork_deque_begin(deque, &deque->own);
    for (long i = 0; i < times; i++) {
        uint64_t seen;
        par_fork_deque_ask(deque);
        par_fork_deque_share(deque, deque->slots + 1);
        if (!par_fork_deque_look(deque, &seen) || !par_fork_crew_sit(&deque->own))
            abort();
        par_fork_slot *slot = par_fork_deque_take(deque, seen);
        par_fork_slot_claim(slot, 1);
        par_fork_crew_leave(&deque->own);
        par_fork_slot_done(slot);
        par_fork_deque_take_back(deque, slot);
        par_fork_deque_joined(deque, slot);
    }
    par_fork_deque_free(deque);
}

/* A call by a ticket: put, taken, joined, one item claimed and ended, left. */
static void run_item(par_batch *batch, size_t index, int64_t *clock)
{
    (void)batch;
    (void)index;
    *clock = 1;
}

static void forget(par_batch *batch)
{
    (void)batch;
}

static void walk_ticket(long times)
{
    static const par_batch_class class = {run_item, NULL, NULL, forget};
    par_inject inject;
    par_inject_init(&inject);
    for (long i = 0; i < times; i++) {
        par_batch batch;
        bool tell;
        int64_t clock = 0;
        par_batch_init(&batch, &class, NULL, 1, PAR_BATCH_UNLIMITED);
        par_batch_open(&batch, false);
        par_batch_ref(&batch);
        par_inject_push(&inject, &batch.node);
        par_inject_take(&inject);
        par_batch_join(&batch);
        batch.class->run(&batch, par_batch_claim(&batch, NULL, &tell), &clock);
        par_batch_complete(&batch, 1);
        par_batch_leave(&batch);
        par_batch_unref(&batch);
        par_batch_unref(&batch);
    }
}

static void call_of(long n, long times)
{
    par_task *tasks = calloc((size_t)n, sizeof(par_task));
    for (long i = 0; i < n; i++)
        tasks[i] = nothing_future((int)i);
    for (long i = 0; i < times; i++) {
        par_results *results;
        par(&results, par_array(tasks, (size_t)n));
        par_results_free(results);
    }
    free(tasks);
}

static void walk_call(long times)
{
    call_of(3, times);
}

static void walk_call_of_1000(long times)
{
    call_of(1000, times);
}

static void add_range(size_t begin, size_t end, void *sum)
{
    *(size_t *)sum += end - begin;
}

static void walk_loop(long times)
{
    size_t sum = 0;
    for (long i = 0; i < times; i++)
        par_for(0, 10, add_range, &sum);
}

typedef struct path {
    const char *name, *what;
    void (*walk)(long times);
} path;

static const path paths[] = {
    {"spawn-and-sync", "a spawn and its sync, nobody asks", walk_spawn_and_sync},
    {"root", "a forkable function called from ordinary code", walk_root},
    {"steal", "a call shared, stolen, ended, joined: both threads' part", walk_steal},
    {"loop", "a loop of 10 iterations by par_for()", walk_loop},
    {"call", "par() of 3 tasks, bound, run, their results freed", walk_call},
    {"call-of-1000", "the same of 1,000", walk_call_of_1000},
    {"ticket", "a call of one task put, taken, joined, run, left: both threads' part", walk_ticket},
};

int main(int argc, char **argv)
{
    enum { N = sizeof(paths) / sizeof(*paths) };
    long times = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    for (int i = 0; i < N; i++) {
        if (argc == 1)
            printf("%s: %s\n", paths[i].name, paths[i].what);
        else if (strcmp(argv[1], paths[i].name) == 0) {
            paths[i].walk(times);
#ifdef PAR_PERF_COUNTED_H
            printf("%llu %llu %llu\n", (unsigned long long)counted_here.locked,
                   (unsigned long long)counted_here.fences,
                   (unsigned long long)counted_here.stores);
#endif
            return 0;
        }
    }
    return argc != 1;
}
