/* par_pool.c - a table of open pools, handles into it, and the default pool.
 *
 * Handles  A par_pool * is no address but the index of an entry and the entry's generation when the
 *          pool was opened. An entry's generation goes up when its pool is gone, so a handle of a
 *          closed pool never matches again.
 * State    entry.word: generation << 32 | closing << 31 | how many are inside. Entering is a CAS
 *          that sees generation, closing and count at once, so nobody gets in after the closer saw
 *          nobody inside.
 * Edges    A1 open   create: store release on word -> enter: CAS acquire      entry.state and what
 *          it points to
 *          A2 leave  leave: sub acq_rel -> close: load acquire                all that was done
 *                    inside
 *          A3 bell   leave rings after the count fell to 0 with closing set; the closer reads the
 *                    key first
 * Tests    test_pool_api.c; stress_close.c.
 */
#include "par_pool.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sched/cpus.h"
#include "../sched/idle.h"
#include "../sched/os.h"
#include "context.h"
#include "pool.h"
#include "results.h"

enum { MAX_POOLS = 1024, MAX_WORKERS = 4096, MAX_THREADS = 65536, DEFAULT_THREADS = 256 };
enum { DEFAULT_SPIN_US = 20, MAX_SPIN_US = 1000000 };
#define STUCK_AFTER INT64_C(10000000000)

#define CLOSING          (UINT64_C(1) << 31)
#define INSIDE(word)     ((uint32_t)(word) & (uint32_t)(CLOSING - 1))
#define GENERATION(word) ((uint32_t)((word) >> 32))

typedef struct entry {
    _Atomic uint64_t word;
    _Atomic uint32_t taken;  /* is a pool here, or being made or taken down? */
    _Atomic uint32_t closer; /* the generation with which a thread is in par_pool_close(), or 0 */
    _Atomic uint32_t fork_count; /* of the process that opened it */
    par_bell bell;               /* rung when the last one inside has left a pool that is closing */
    par_pool_state *state;
} entry;

static entry entries[MAX_POOLS];

static par_pool *handle_of(const entry *e, uint32_t generation)
{
    /* Odd, so that it is never NULL nor looks like an object's address. */
    uintptr_t number = (uintptr_t)generation * MAX_POOLS + (uintptr_t)(e - entries);
    return (par_pool *)(number * 2 + 1);
}

static entry *entry_of(const par_pool *handle)
{
    return &entries[(uintptr_t)handle / 2 % MAX_POOLS];
}

/* An open pool's is odd. */
static uint32_t generation_of(const par_pool *handle)
{
    return (uint32_t)((uintptr_t)handle / 2 / MAX_POOLS);
}

/* Environment */

static unsigned environment_workers, environment_spin_us;
static bool environment_has_spin;

/* The whole number in the variable, if it is one from `low` to `high`. */
static bool read_variable(const char *name, unsigned long low, unsigned long high, unsigned *value)
{
    const char *text = secure_getenv(name);
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end != '\0' || number < low || number > high)
        return false;
    *value = (unsigned)number;
    return true;
}

static void read_environment(void)
{
    read_variable("PAR_WORKERS", 1, MAX_WORKERS, &environment_workers);
    environment_has_spin = read_variable("PAR_SPIN_US", 0, MAX_SPIN_US, &environment_spin_us);
}

/* Opening */

static unsigned default_spin_us(unsigned cpus)
{
    if (environment_has_spin)
        return environment_spin_us;
    return cpus > 1 ? DEFAULT_SPIN_US : 0; /* alone, it would only keep the others from running */
}

static int read_options(const par_pool_options *given, par_scheduler_options *read,
                        void (**on_stuck)(const par_slot *, double, void *), char *name,
                        size_t name_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_environment);
    par_pool_options options = {.size = sizeof(options)};
    if (given != NULL && par_options_read(&options, sizeof(options), given) != 0)
        return PAR_EINVAL;
    unsigned cpus = par_cpus();
    unsigned usual = environment_workers ? environment_workers : cpus;
    if (options.max_threads != 0 && options.max_threads < usual)
        usual = options.max_threads;
    unsigned workers = options.workers ? options.workers : usual;
    unsigned threads = options.max_threads             ? options.max_threads
                       : workers > DEFAULT_THREADS / 2 ? 2 * workers
                                                       : DEFAULT_THREADS;
    unsigned spin_us = options.spin_us ? options.spin_us : default_spin_us(cpus);
    bool bad_stack = options.stack_size != 0 && (options.stack_size < (size_t)PTHREAD_STACK_MIN ||
                                                 options.stack_size > SIZE_MAX / 2);
    int64_t stuck_after;
    const char *what;
    if (par_options_instant(options.stuck_after, 0, 0, &stuck_after, &what) != 0)
        return PAR_EINVAL;
    *on_stuck = options.on_stuck;
    if (bad_stack || workers > MAX_WORKERS || threads < workers || threads > MAX_THREADS ||
        spin_us > MAX_SPIN_US)
        return PAR_EINVAL;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    strncpy(name, options.name != NULL ? options.name : "par", name_size - 1);
    for (char *c = name; *c != '\0'; c++)
        *c = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
    *read = (par_scheduler_options){
        .workers = workers,
        .max_threads = threads,
        .stack_size = (options.stack_size + page - 1) / page * page,
        .spin = (int64_t)spin_us * 1000,
        .name = name,
        .on_thread_start = options.on_thread_start,
        .context = options.context,
        .stuck_after = options.stuck_after > 0 ? stuck_after : STUCK_AFTER,
    };
    return 0;
}

/* A free entry; where there is none, in a child of fork(), one of the parent's, whose handles are
 * then those of a closed pool. */
static entry *take_entry(void)
{
    for (size_t i = 0; i < MAX_POOLS; i++) {
        uint32_t taken = 0;
        if (par_cas_acq_rel(&entries[i].taken, &taken, 1))
            return &entries[i];
    }
    for (size_t i = 0; i < MAX_POOLS; i++) {
        uint32_t fork_count = par_load_relaxed(&entries[i].fork_count);
        if (fork_count != par_fork_count() &&
            par_cas_acq_rel(&entries[i].fork_count, &fork_count, par_fork_count())) {
            par_store_relaxed(&entries[i].closer, 0);
            return &entries[i];
        }
    }
    return NULL;
}

/* Hands an item that is stuck to the user's hook, if it is a task and not a callback. */
static void tell_stuck(par_batch *batch, size_t index, int64_t lasted, void *state)
{
    const par_pool_state *self = state;
    par_slot slot;
    par_value values[PAR_MAX_PARAMETERS];
    if (batch->class->run != par_job_run)
        return;
    par_results_running(par_job_of(batch), index, lasted, &slot, values);
    self->on_stuck(&slot, slot.ran, self->context);
}

static int open_pool(par_pool **out, par_scheduler_options *options,
                     void (*on_stuck)(const par_slot *, double, void *))
{
    entry *e = take_entry();
    if (e == NULL)
        return PAR_EAGAIN;
    par_pool_state *state = aligned_alloc(PAR_CACHE_LINE, sizeof(*state));
    if (state != NULL) {
        *state = (par_pool_state){
            .max_threads = options->max_threads, .on_stuck = on_stuck, .context = options->context};
        options->on_stuck = on_stuck != NULL ? tell_stuck : NULL;
        options->stuck_context = state;
    }
    int rc = state != NULL ? par_scheduler_start(&state->scheduler, options) : PAR_ENOMEM;
    if (rc != 0) {
        free(state);
        par_store_release(&e->taken, 0);
        return rc;
    }
    par_timers_init(&state->timers);
    state->fork_count = par_fork_count();
    par_store_relaxed(&e->fork_count, state->fork_count);
    e->state = state;
    uint32_t generation = (GENERATION(par_load_relaxed(&e->word)) + 1) | 1;
    par_store_release(&e->word, (uint64_t)generation << 32); /* A1 */
    *out = handle_of(e, generation);
    return 0;
}

int par_pool_create(par_pool **out, const par_pool_options *given)
{
    if (out == NULL)
        return PAR_EINVAL;
    *out = NULL;
    par_scheduler_options options;
    char name[16] = "";
    void (*on_stuck)(const par_slot *, double, void *) = NULL;
    int rc = read_options(given, &options, &on_stuck, name, sizeof(name));
    return rc == 0 ? open_pool(out, &options, on_stuck) : rc;
}

/* The default pool: its handle, which is odd; or STARTING and under which par_fork_count(); or 0
 * when it is missing. In a child of fork() what the parent had does not count. */
static _Atomic uint64_t default_pool;
static par_bell default_bell; /* rung when STARTING is over */

static uint64_t starting(void)
{
    return (uint64_t)par_fork_count() << 2 | 2;
}

static bool is_ready(uint64_t word)
{
    par_pool *handle = (par_pool *)(uintptr_t)word;
    return word % 2 == 1 && par_load_relaxed(&entry_of(handle)->fork_count) == par_fork_count();
}

static int start_default(par_pool **out)
{
    int rc = par_pool_create(out, NULL);
    par_store_release(&default_pool, (uint64_t)(uintptr_t)*out);
    par_bell_ring_all(&default_bell);
    return rc;
}

static int find_default(par_pool **out)
{
    par_fork_watch();
    for (;;) {
        uint32_t key = par_bell_key(&default_bell);
        uint64_t word = par_load_acquire(&default_pool);
        if (is_ready(word)) {
            *out = (par_pool *)(uintptr_t)word;
            return 0;
        }
        if (word == starting())
            par_bell_wait(&default_bell, key, PAR_NEVER);
        else if (par_cas_acq_rel(&default_pool, &word, starting()))
            return start_default(out);
    }
}

par_pool *par_pool_default(void)
{
    par_pool *handle = NULL;
    return find_default(&handle) == 0 ? handle : NULL;
}

/* The pool is about to close: if it is the default one, the next call starts another. */
static void forget_default(const par_pool *handle)
{
    uint64_t word = (uint64_t)(uintptr_t)handle;
    par_cas_acq_rel(&default_pool, &word, 0);
}

/* Going in and out */

/* Is the calling thread running a task of this pool, or of a call made, at any depth, in one that
 * has not ended? */
static bool in_task_of(const par_pool *handle)
{
    const par_context *context = par_context_current();
    const par_batch *batch = context != NULL ? &context->job->batch : NULL;
    while (batch != NULL && (par_job_of(batch)->pool != handle || par_batch_is_complete(batch)))
        batch = batch->parent;
    return batch != NULL;
}

/* Is this the handle of the pool that is open here? */
static bool is_open(uint64_t word, const par_pool *handle)
{
    return GENERATION(word) == generation_of(handle) && GENERATION(word) % 2 == 1;
}

static int enter(par_pool *handle, uint32_t times, bool concerned, par_pool_state **state)
{
    entry *e = entry_of(handle);
    uint64_t word = par_load_acquire(&e->word); /* A1 */
    do {
        if (!is_open(word, handle))
            return PAR_ECLOSED;
        if (par_load_relaxed(&e->fork_count) != par_fork_count())
            return PAR_EFORKED;
        if ((word & CLOSING) != 0 && (INSIDE(word) == 0 || !(concerned || in_task_of(handle))))
            return PAR_ECLOSED;
    } while (!par_cas_acq_rel(&e->word, &word, word + times)); /* A1 */
    *state = e->state;
    return 0;
}

int par_pool_enter(par_pool **handle, uint32_t times, bool concerned, par_pool_state **state)
{
    if (*handle != NULL)
        return enter(*handle, times, concerned, state);
    int rc;
    do {
        par_pool *found;
        rc = find_default(&found);
        if (rc == 0)
            rc = enter(*handle = found, times, concerned, state);
    } while (rc == PAR_ECLOSED); /* somebody is closing it: the next is another one */
    return rc;
}

void par_pool_stay(par_pool *handle)
{
    par_add_relaxed(&entry_of(handle)->word, 1);
}

static void leave(par_pool *handle, uint32_t times)
{
    entry *e = entry_of(handle);
    uint64_t before = par_sub_acq_rel(&e->word, times); /* A2 */
    PAR_ASSERT(INSIDE(before) >= times);
    if ((before & CLOSING) != 0 && INSIDE(before) == times)
        par_bell_ring(&e->bell); /* A3 */
}

void par_pool_leave(par_pool *handle)
{
    leave(handle, 1);
}

void par_pool_leave_twice(par_pool *handle)
{
    leave(handle, 2);
}

/* Closing */

static bool wait_until_empty(entry *e, int64_t deadline)
{
    for (;;) {
        uint32_t key = par_bell_key(&e->bell);       /* A3 */
        if (INSIDE(par_load_acquire(&e->word)) == 0) /* A2 */
            return true;
        if (!par_bell_wait(&e->bell, key, deadline))
            return false;
    }
}

/* One closer a generation; one of a former pool, who is about to notice, stands in nobody's way. */
static bool begin_closing(entry *e, uint32_t generation)
{
    uint32_t closer = par_load_relaxed(&e->closer);
    while (closer != generation) {
        if (par_cas_acq_rel(&e->closer, &closer, generation))
            return true;
    }
    return false;
}

static int end_closing(entry *e, uint32_t generation, int rc)
{
    par_cas_acq_rel(&e->closer, &generation, 0);
    return rc;
}

static int close_entry(entry *e, uint32_t generation, int64_t deadline)
{
    par_or_acq_rel(&e->word, CLOSING);
    if (!wait_until_empty(e, deadline) || !par_scheduler_stop(e->state->scheduler, deadline))
        return end_closing(e, generation, PAR_ETIMEDOUT);
    par_timers_stop(&e->state->timers);
    free(e->state);
    par_store_release(&e->word, (uint64_t)(generation + 1) << 32);
    end_closing(e, generation, 0);
    par_store_release(&e->taken, 0);
    return 0;
}

int par_pool_close(par_pool *handle, double timeout)
{
    int64_t deadline;
    const char *what;
    if (handle == NULL || par_options_instant(timeout, 0, par_now(), &deadline, &what) != 0)
        return PAR_EINVAL;
    if (in_task_of(handle) || (par_job_releasing() != NULL && par_job_releasing()->pool == handle))
        return PAR_EDEADLK;
    entry *e = entry_of(handle);
    if (!is_open(par_load_acquire(&e->word), handle) || !begin_closing(e, generation_of(handle)))
        return PAR_ECLOSED;
    uint64_t word = par_load_acquire(&e->word); /* A1 */
    int rc = 0;
    if (!is_open(word, handle))
        rc = PAR_ECLOSED;
    else if (par_load_relaxed(&e->fork_count) != par_fork_count())
        rc = PAR_EFORKED;
    else if (par_scheduler_current() == e->state->scheduler)
        rc = PAR_EDEADLK; /* in a callback on one of its threads */
    if (rc != 0)
        return end_closing(e, generation_of(handle), rc);
    forget_default(handle);
    return close_entry(e, generation_of(handle), deadline);
}

/* Resizing */

int par_pool_resize(par_pool *handle, unsigned workers)
{
    par_pool_state *state;
    if (handle == NULL)
        return PAR_EINVAL;
    int rc = enter(handle, 1, false, &state);
    if (rc != 0)
        return rc;
    unsigned wanted = workers != 0 ? workers : par_cpus();
    if (workers == 0 && wanted > state->max_threads)
        wanted = state->max_threads;
    rc = wanted > MAX_WORKERS || wanted > state->max_threads
             ? PAR_EINVAL
             : par_scheduler_resize(state->scheduler, wanted);
    par_pool_leave(handle);
    return rc;
}
