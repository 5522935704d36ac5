/* stress_deque.c - every entry goes to exactly one taker: an owner and one to four thieves. D1 to
 * D4.
 *
 * Entries are cells; a taker reads the cell's number, which the owner has written just before it
 * pushed (D1), and writes it into its own log, so that no atomic operation of the test comes
 * between those of the deque. After each round the logs are laid onto a bitmap: each number once,
 * none left out. */
#include <sched.h>

#include "../sched/deque.h"
#include "stress.h"

enum { THIEVES = 4, CELLS = 4096 };

typedef struct cell {
    uint32_t number;
} cell;

typedef struct taker {
    _Alignas(PAR_CACHE_LINE) uint32_t *log;
    size_t count;
    uint64_t random, retries, empties;
} taker;

static void *_Atomic slots[CELLS];
static par_deque deque;
static cell cells[CELLS];
static taker takers[1 + THIEVES]; /* [0] is the owner */
static unsigned char taken[CELLS];
static uint64_t base; /* of the indices in this round */
static unsigned thieves, capacity;
static bool no_pops; /* this round: then what a thief takes grows */
static _Atomic bool over, ended;
static pthread_barrier_t start, end;

static void log_entry(taker *self, const void *entry)
{
    self->log[self->count++] = ((const cell *)entry)->number;
}

static void *steal_until_over(void *argument)
{
    taker *self = argument;
    for (;;) {
        pthread_barrier_wait(&start);
        if (par_load_relaxed(&ended))
            return NULL;
        bool last_look = false;
        while (self < takers + 1 + thieves) {
            void *entry;
            switch (par_deque_steal(&deque, &entry)) {
            case PAR_STEAL_ITEM:
                log_entry(self, entry);
                continue;
            case PAR_STEAL_RETRY:
                self->retries++;
                continue;
            case PAR_STEAL_EMPTY:
                if (++self->empties % 128 == 0)
                    sched_yield(); /* there may be more threads than CPUs */
            }
            if (last_look)
                break;
            last_look = par_load_acquire(&over);
        }
        pthread_barrier_wait(&end);
    }
}

static void take_one(taker *self)
{
    void *entry;
    if (stress_random(&self->random) % 8 != 0) {
        entry = par_deque_pop(&deque);
        if (entry != NULL)
            log_entry(self, entry);
    } else if (par_deque_steal(&deque, &entry) == PAR_STEAL_ITEM) {
        log_entry(self, entry);
    }
}

/* Pushes all cells in bursts, and takes back some: mostly few at a time, so that the last entry is
 * fought for. */
static void own(taker *self)
{
    uint32_t next = 0;
    while (next < CELLS) {
        uint64_t burst = 1 + stress_random(&self->random) % (capacity < 4 ? 2 : capacity / 2);
        for (; burst > 0 && next < CELLS; burst--) {
            cells[next].number = next;
            if (!par_deque_push(&deque, &cells[next]))
                break;
            next++;
        }
        for (uint64_t i = stress_random(&self->random) % 4; i > 0 && !no_pops; i--)
            take_one(self);
    }
    void *entry;
    while (!no_pops && (entry = par_deque_pop(&deque)) != NULL)
        log_entry(self, entry);
    par_store_release(&over, true);
}

static void account(void)
{
    memset(taken, 0, sizeof(taken));
    size_t sum = 0;
    for (unsigned t = 0; t <= thieves; t++) {
        for (size_t i = 0; i < takers[t].count; i++) {
            uint32_t number = takers[t].log[i];
            stress_check(number < CELLS, "taken: %u, which was never pushed\n", number);
            stress_check(taken[number]++ == 0, "%u taken twice, the second time by taker %u\n",
                         number, t);
            stress_check(!no_pops || i == 0 || number > takers[t].log[i - 1], "%u after %u\n",
                         number, takers[t].log[i - 1]);
        }
        sum += takers[t].count;
        takers[t].count = 0;
    }
    stress_check(sum == CELLS, "%zu of %d taken\n", sum, CELLS);
    stress_check(par_deque_empty(&deque), "something is left\n");
}

static void round_of(unsigned with_thieves, unsigned with_capacity, uint64_t index)
{
    thieves = with_thieves;
    capacity = with_capacity;
    no_pops = index % 4 == 3;
    base = index % 2 ? 0 : UINT64_C(1) << (31 + index % 32);
    par_deque_init(&deque, slots, capacity);
    par_store_relaxed(&deque.top, (int64_t)base);
    par_store_relaxed(&deque.bottom, (int64_t)base);
    par_store_relaxed(&over, false);
    pthread_barrier_wait(&start);
    own(&takers[0]);
    pthread_barrier_wait(&end);
    account();
    stress_progress();
}

static void dump(void)
{
    fprintf(stderr, "  capacity %u, %u thieves, top %lld, bottom %lld\n", capacity, thieves,
            (long long)par_load_relaxed(&deque.top), (long long)par_load_relaxed(&deque.bottom));
}

int main(void)
{
    pthread_t threads[THIEVES];
    stress_begin("stress_deque", dump);
    pthread_barrier_init(&start, NULL, 1 + THIEVES);
    pthread_barrier_init(&end, NULL, 1 + THIEVES);
    for (unsigned t = 0; t <= THIEVES; t++) {
        takers[t].log = malloc(2 * CELLS * sizeof(uint32_t));
        stress_check(takers[t].log != NULL, "no memory\n");
        takers[t].random = t + 1;
        if (t > 0)
            stress_start(&threads[t - 1], steal_until_over, &takers[t]);
    }
    uint64_t rounds = 0, times = stress_times(80);
    for (uint64_t i = 0; i < times; i++) {
        for (unsigned c = 2; c <= CELLS; c *= 2) {
            for (unsigned t = 1; t <= THIEVES; t++, rounds++)
                round_of(t, c, rounds);
        }
    }
    par_store_relaxed(&ended, true);
    pthread_barrier_wait(&start);
    uint64_t retries = 0, empties = 0;
    for (unsigned t = 0; t <= THIEVES; t++) {
        if (t > 0)
            pthread_join(threads[t - 1], NULL);
        retries += takers[t].retries;
        empties += takers[t].empties;
        free(takers[t].log);
    }
    printf("stress_deque: %llu rounds, %llu entries, each taken once; %llu retries, %llu times "
           "empty\n",
           (unsigned long long)rounds, (unsigned long long)rounds * CELLS,
           (unsigned long long)retries, (unsigned long long)empties);
    return 0;
}
