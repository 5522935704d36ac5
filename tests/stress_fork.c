/* stress_fork.c - fork-join trees of random shape, in deques of 2 to 8 entries and large ones, with 1 to
 * 16 workers and several roots at once: every node once, its result at its parent. F3, F4, F6, F7.
 *
 * A node's shape follows from its number alone, so that the whole is known beforehand. Nodes spawn
 * and join in turns, sleep now and then, say that they block, and make calls of their own: roots
 * in the middle of a tree. A lost ask or wake-up is a hang where a node waits for others to come. */
#include <sched.h>

#include "fork_root.h"
#include "items.h"
#include "pool_state.h"
#include "stress.h"

enum { ROOT_THREADS = 3 };

static par_scheduler *scheduler;
static const char *scenario = "";
static unsigned workers_now;
static uint32_t capacity_now;
static _Atomic bool dozes; /* may nodes sleep? */
static _Atomic uint64_t roots;

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30; /* splitmix64 (Steele, Lea, Flood 2014) */
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t child_of(uint64_t node, unsigned i)
{
    return mix(node + (i + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* Fewer, the deeper. */
static unsigned children_of(uint64_t node, int depth)
{
    return depth == 0 ? 0 : (unsigned)(mix(node ^ 0x5555) % 5);
}

typedef struct count {
    uint64_t nodes, sum;
} count;

static count plain_tree(uint64_t node, int depth)
{
    count all = {1, mix(node)};
    for (unsigned i = 0; i < children_of(node, depth); i++) {
        count below = plain_tree(child_of(node, i), depth - 1);
        all.nodes += below.nodes;
        all.sum += below.sum;
    }
    return all;
}

PAR_FORKABLE_DECLARE(count, tree, (uint64_t, node), (int, depth));

/* A root of its own, from the middle of another. */
static count tree_apart(uint64_t node, int depth)
{
    count all;
    FORK_ROOT(all, scheduler, 1 + (unsigned)(node % 3), tree, (node, depth));
    par_add_relaxed(&roots, 1);
    return all;
}

static void rest(uint64_t node)
{
    struct timespec moment = {.tv_nsec = (long)(mix(node ^ 0x7777) % 200000)};
    switch (mix(node ^ 0xaaaa) % 512) {
    case 0:
        nanosleep(&moment, NULL);
        break;
    case 1:
        par_scheduler_blocking_begin();
        nanosleep(&moment, NULL);
        par_scheduler_blocking_end();
        break;
    case 2:
    case 3:
        sched_yield();
        break;
    default:
        break;
    }
}

static void add(count *all, count below)
{
    all->nodes += below.nodes;
    all->sum += below.sum;
}

PAR_FORKABLE(count, tree, (uint64_t, node), (int, depth))
{
    count all = {1, mix(node)};
    unsigned children = children_of(node, depth), i = 0, open = 0;
    if (par_load_relaxed(&dozes))
        rest(node);
    while (i < children || open > 0) {
        uint64_t choice = mix(node + i * 8 + open) % 8;
        if (i == children || (choice < 2 && open > 0)) {
            add(&all, par_sync(tree));
            open--;
        } else if (choice == 2) {
            add(&all, par_here(tree, child_of(node, i++), depth - 1));
        } else if (choice == 3 && depth < 4) {
            add(&all, tree_apart(child_of(node, i++), depth - 1));
        } else {
            par_spawn(tree, child_of(node, i++), depth - 1);
            open++;
        }
    }
    return all;
}

static void check(count got, uint64_t node, int depth)
{
    count expected = plain_tree(node, depth);
    stress_check(got.nodes == expected.nodes && got.sum == expected.sum,
                 "%llu of %llu nodes of tree %llx\n", (unsigned long long)got.nodes,
                 (unsigned long long)expected.nodes, (unsigned long long)node);
    par_add_relaxed(&roots, 1);
    stress_progress();
}

static void grow(uint64_t node, int depth, unsigned limit)
{
    count got;
    FORK_ROOT(got, scheduler, limit, tree, (node, depth));
    check(got, node, depth);
}

static void *grow_some(void *argument)
{
    uint64_t seed = *(uint64_t *)argument;
    for (unsigned i = 0; i < 6; i++)
        grow(mix(seed + i), 9, i % 4);
    return NULL;
}

static void grow_in_task(items *call, size_t index)
{
    (void)call;
    grow(mix(index), 7, 0);
}

static void start_pool(unsigned workers, uint32_t capacity, int64_t spin)
{
    par_scheduler_options options = {.workers = workers,
                                     .max_threads = 2 * workers + 2,
                                     .spin = spin,
                                     .deque_capacity = 4,
                                     .fork_capacity = capacity,
                                     .name = "fork"};
    workers_now = workers;
    capacity_now = capacity;
    int rc = par_scheduler_start(&scheduler, &options);
    stress_check(rc == 0, "start: %d\n", rc);
}

static void stop_pool(void)
{
    stress_check(pool_comes_to_rest(scheduler), "the pool rests with wrong counts\n");
    stress_check(par_load_relaxed(&scheduler->forks.roots) == 0, "a root is left\n");
    stress_check(par_scheduler_stop(scheduler, PAR_NEVER), "stop\n");
    scheduler = NULL;
}

static void forest(uint64_t seed)
{
    static const uint32_t capacities[] = {2, 4, 8, 1024};
    for (unsigned workers = 1; workers <= 16; workers *= 2) {
        for (unsigned c = 0; c < 4; c++) {
            start_pool(workers, capacities[c], (c + workers + seed) % 2 ? 0 : 20000);
            par_store_relaxed(&dozes, (seed + c) % 2 == 0);
            scenario = "one root";
            grow(mix(seed), 10, 0);
            scenario = "several roots";
            pthread_t threads[ROOT_THREADS];
            uint64_t seeds[ROOT_THREADS];
            for (unsigned t = 0; t < ROOT_THREADS; t++) {
                seeds[t] = seed * 100 + t;
                stress_start(&threads[t], grow_some, &seeds[t]);
            }
            items *call = items_new(8, PAR_BATCH_UNLIMITED, NULL, grow_in_task, NULL);
            par_scheduler_submit(scheduler, &call->batch, PAR_SUBMIT_HELP);
            par_scheduler_help(scheduler, &call->batch, true);
            par_scheduler_wait(scheduler, &call->batch, PAR_NEVER);
            items_drop(call);
            for (unsigned t = 0; t < ROOT_THREADS; t++)
                pthread_join(threads[t], NULL);
            stop_pool();
        }
    }
}

/* Nodes that end only when so many are there at once: each on a thread of its own, which must have
 * been asleep, since the pool has had time to come to rest. */
static _Atomic unsigned present;

PAR_FORKABLE(int, meet, (unsigned, threads))
{
    par_add_acq_rel(&present, 1);
    while (par_load_acquire(&present) < threads)
        sched_yield();
    return 1;
}

PAR_FORKABLE(void, nudge)
{
    sched_yield();
}

PAR_FORKABLE(int, meeting, (unsigned, threads))
{
    int met = 0;
    for (unsigned i = 1; i < threads; i++)
        par_spawn(meet, threads);
    /* Further spawns, for the owner to find the asks of those that went to sleep. */
    while (par_load_acquire(&present) < threads - 1) {
        par_spawn(nudge);
        par_sync(nudge);
    }
    met += par_here(meet, threads);
    for (unsigned i = 1; i < threads; i++)
        met += par_sync(meet);
    return met;
}

static void meetings(uint64_t times)
{
    scenario = "meetings of sleepers";
    for (unsigned threads = 2; threads <= 4; threads++) {
        start_pool(threads, 64, 0);
        for (uint64_t i = 0; i < times; i++) {
            int met;
            par_store_relaxed(&present, 0);
            FORK_ROOT(met, scheduler, 0, meeting, (threads));
            stress_check(met == (int)threads, "%d of %u\n", met, threads);
            if (i % 4 == 0)
                stress_check(pool_comes_to_rest(scheduler), "no rest\n");
            stress_progress();
        }
        stop_pool();
    }
}

static void dump(void)
{
    fprintf(stderr, "  %s, %u workers, capacity %u, %llu roots\n", scenario, workers_now,
            capacity_now, (unsigned long long)par_load_relaxed(&roots));
    if (scheduler != NULL)
        pool_dump(scheduler);
}

int main(void)
{
    stress_begin("stress_fork", dump);
    for (uint64_t i = 0; i < stress_times(20); i++)
        forest(i);
    meetings(stress_times(1000));
    printf("stress_fork: %llu roots\n", (unsigned long long)par_load_relaxed(&roots));
    return 0;
}
