/* stress_latch.c - a latch opened by one thread and waited for by others, of which the last to
 * leave takes the memory away at once: by free(), where AddressSanitizer sees what the opener
 * touches too late, or by mprotect(), where any build does. L1: what was written before. L2: nobody
 * sleeps for ever.
 *
 * Some waits have deadlines that come first. In some rounds the kernel's wait returns for no
 * reason; where it always does, the opener's wake is held up until the memory is gone. */
#include <sched.h>
#include <sys/mman.h>

#include "../sched/base.h"
#include "../sched/latch.h"
#include "../sched/os.h"
#include "stress.h"

enum { WAITERS = 3 };

struct gate {
    par_latch latch;
    uint64_t payload;
};

typedef struct waiter {
    _Alignas(PAR_CACHE_LINE) unsigned number;
    uint64_t random, timeouts;
} waiter;

static struct gate *_Atomic gates[2]; /* of the rounds, alternating */
static _Atomic uint64_t opened, left[2];
static _Atomic unsigned inside[2]; /* waiters that have not left */
static void *page;
static uint64_t rounds, rounds_begun;
static par_os real_os;
static _Atomic unsigned early_percent;
static waiter waiters[WAITERS];

static void early_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    static _Thread_local uint64_t random = 88172645463325252;
    if (stress_random(&random) % 100 >= par_load_relaxed(&early_percent))
        real_os.futex_wait(word, expected, deadline);
    else
        sched_yield();
}

/* A wake is by address alone: it does not matter that nothing is there any more. */
static void late_wake(const _Atomic uint32_t *word, int count)
{
    while (par_load_relaxed(&early_percent) == 100 &&
           par_load_acquire(&left[rounds_begun % 2]) != rounds_begun + 1)
        sched_yield();
    real_os.futex_wake(word, count);
}

static bool is_page(uint64_t round)
{
    return round % 4 == 3;
}

static void take_away(struct gate *gate, uint64_t round)
{
    if (is_page(round))
        stress_check(mprotect(page, 4096, PROT_NONE) == 0, "mprotect\n");
    else
        free(gate);
}

/* One round after the other; in each waits for its gate to be there, and then at it. */
static void *wait_at_gates(void *argument)
{
    waiter *self = argument;
    for (uint64_t round = 0; round < rounds; round++) {
        unsigned side = round % 2;
        struct gate *gate;
        while ((gate = par_load_acquire(&gates[side])) == NULL)
            sched_yield();
        int64_t spin = (int64_t)(stress_random(&self->random) % 3) * 500;
        while (stress_random(&self->random) % 4 == 0 &&
               !par_latch_wait(&gate->latch,
                               par_now() + (int64_t)(stress_random(&self->random) % 4000), spin))
            self->timeouts++;
        bool open = par_latch_wait(&gate->latch, PAR_NEVER, spin);
        stress_check(open, "not open, in round %llu\n", (unsigned long long)round);
        uint64_t payload = gate->payload;
        stress_check(payload == round, "%llu in round %llu\n", (unsigned long long)payload,
                     (unsigned long long)round);
        /* The last one out takes the gate away. */
        if (par_sub_acq_rel(&inside[side], 1) == 1) {
            par_store_relaxed(&gates[side], NULL);
            take_away(gate, round);
            par_store_release(&left[side], round + 1);
        }
        while (par_load_acquire(&left[side]) != round + 1)
            sched_yield();
    }
    return NULL;
}

static struct gate *new_gate(uint64_t round)
{
    struct gate *gate = page;
    if (is_page(round))
        stress_check(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0, "mprotect\n");
    else
        gate = malloc(sizeof(*gate));
    stress_check(gate != NULL, "no memory\n");
    par_latch_init(&gate->latch);
    gate->payload = UINT64_MAX;
    return gate;
}

/* Two threads that meet at one latch after the other, the one to open it, the other to sleep. L2 */
static _Atomic uint64_t met[2];
static uint64_t meetings;

static void meet(unsigned side, uint64_t number)
{
    par_store_release(&met[side], number + 1);
    for (unsigned look = 1; par_load_acquire(&met[1 - side]) <= number; look++) {
        if (look % 256 == 0)
            sched_yield();
    }
}

static struct gate row[64];

static void *fall_asleep(void *unused)
{
    uint64_t random = 4;
    (void)unused;
    for (uint64_t i = 0; i < meetings; i++) {
        struct gate *gate = &row[i % 64];
        meet(0, i);
        stress_busy(stress_random(&random) % 16);
        stress_check(par_latch_wait(&gate->latch, PAR_NEVER, 0), "not open\n");
        stress_check(gate->payload == i, "opened too early\n");
    }
    return NULL;
}

static void open_as_it_falls_asleep(void)
{
    pthread_t thread;
    uint64_t random = 6;
    stress_start(&thread, fall_asleep, NULL);
    for (uint64_t i = 0; i < meetings; i++) {
        struct gate *gate = &row[i % 64];
        par_latch_init(&gate->latch);
        gate->payload = UINT64_MAX;
        meet(1, i);
        stress_busy(stress_random(&random) % 16);
        gate->payload = i;
        par_latch_open(&gate->latch);
        if (i % 256 == 0)
            stress_progress();
    }
    pthread_join(thread, NULL);
}

static void dump(void)
{
    fprintf(stderr, "  %llu opened; inside %u, %u\n", (unsigned long long)par_load_relaxed(&opened),
            par_load_relaxed(&inside[0]), par_load_relaxed(&inside[1]));
}

int main(void)
{
    static const unsigned percents[] = {0, 0, 1, 50, 100};
    pthread_t threads[WAITERS];
    uint64_t random = 5, timeouts = 0;
    stress_begin("stress_latch", dump);
    real_os = par_os_table;
    par_os_table.futex_wait = early_wait;
    par_os_table.futex_wake = late_wake;
    rounds = stress_times(100000);
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stress_check(page != MAP_FAILED, "mmap\n");
    for (unsigned w = 0; w < WAITERS; w++) {
        waiters[w].number = w;
        waiters[w].random = w + 1;
        stress_start(&threads[w], wait_at_gates, &waiters[w]);
    }
    for (uint64_t round = 0; round < rounds; round++) {
        unsigned side = round % 2;
        rounds_begun = round;
        par_store_relaxed(&early_percent, percents[round / 64 % 5]);
        par_store_relaxed(&inside[side], WAITERS);
        struct gate *gate = new_gate(round);
        par_store_release(&gates[side], gate);
        if (stress_random(&random) % 2) /* else they are found asleep or not as it comes */
            stress_busy(stress_random(&random) % 2000);
        else if (stress_random(&random) % 8 == 0)
            sched_yield();
        gate->payload = round;
        par_latch_open(&gate->latch); /* from here on it may be gone */
        par_store_relaxed(&opened, round + 1);
        while (par_load_acquire(&left[side]) != round + 1)
            sched_yield();
        if (round % 256 == 0)
            stress_progress();
    }
    for (unsigned w = 0; w < WAITERS; w++) {
        pthread_join(threads[w], NULL);
        timeouts += waiters[w].timeouts;
    }
    par_store_relaxed(&early_percent, 0);
    meetings = stress_times(200000);
    open_as_it_falls_asleep();
    par_os_table = real_os;
    printf("stress_latch: %llu gates with %d waiters each, %llu of them unreadable at once, %llu "
           "timeouts; "
           "%llu openings against falling asleep\n",
           (unsigned long long)rounds, WAITERS, (unsigned long long)(rounds / 4),
           (unsigned long long)timeouts, (unsigned long long)meetings);
    return 0;
}
