/* stress_fork_deque.c - every spawned entry is run once: by its owner or by one of four thieves, and the
 * owner finds the result. F1, F2, F3, F5.
 *
 * The owner spawns and joins at random, as deep as the deque is, and answers asks. An entry holds a
 * number, written by plain stores before it is made public (F1); a thief turns it into an answer in the
 * slot (F3). A taker counts the number in an array of its own. The owner begins anew between rounds
 * with one of two crews (F5): a thief takes a seat before the entry and finds the crew's name in it. */
#include <sched.h>

#include "../sched/fork_deque.h"
#include "stress.h"

enum { THIEVES = 4, NUMBERS = 4096, MOST = 64 };

typedef struct entry {
    uint32_t number;
    uint32_t answer;
    const par_fork_crew *crew;
} entry;

typedef struct taker {
    _Alignas(PAR_CACHE_LINE) unsigned char *taken; /* by number */
    uint64_t random, thefts, asks;
} taker;

static par_fork_deque *_Atomic deque;
static par_fork_crew crews[2];
static taker takers[1 + THIEVES]; /* [0] is the owner */
static _Atomic bool ended;
static unsigned capacity;

static entry *entry_in(par_fork_slot *slot)
{
    return (entry *)(void *)slot->payload;
}

static uint32_t answer_to(uint32_t number)
{
    return number * 2654435761U + 1;
}

static void run(taker *self, par_fork_slot *slot)
{
    entry *given = entry_in(slot);
    stress_check(given->number < NUMBERS, "entry %u\n", given->number);
    self->taken[given->number]++;
    given->answer = answer_to(given->number);
}

static void *steal_until_ended(void *argument)
{
    taker *self = argument;
    while (!par_load_relaxed(&ended)) {
        par_fork_deque *victim = par_load_acquire(&deque);
        uint64_t seen;
        if (!par_fork_deque_look(victim, &seen)) {
            par_fork_deque_ask(victim);
            if (++self->asks % 64 == 0)
                sched_yield();
            continue;
        }
        par_fork_crew *crew = par_load_relaxed(&victim->crew);
        if (stress_random(&self->random) % 16 == 0)
            sched_yield();
        par_fork_slot *slot = par_fork_deque_take(victim, seen);
        if (slot == NULL)
            continue;
        stress_check(entry_in(slot)->crew == crew, "stolen from another crew\n");
        par_fork_slot_claim(slot, (uint32_t)(self - takers));
        run(self, slot);
        par_fork_slot_done(slot);
        self->thefts++;
    }
    return NULL;
}

/* Joins the newest, which holds `number`. */
static void join(taker *self, par_fork_deque *own, par_fork_slot *newest, uint32_t number)
{
    entry *given = entry_in(newest);
    if (newest < par_load_relaxed(&own->front.bound)) {
        if (par_fork_deque_is_asked(own))
            par_fork_deque_share(own, newest);
        if (!par_fork_deque_take_back(own, newest)) {
            for (unsigned looks = 1; par_load_acquire(&newest->state) != PAR_FORK_DONE; looks++) {
                if (looks % 64 == 0)
                    sched_yield();
            }
            stress_check(given->number == number, "%u instead of %u\n", given->number, number);
            stress_check(given->answer == answer_to(number), "%u is not answered\n", number);
            par_fork_deque_joined(own, newest);
            return;
        }
    }
    stress_check(given->number == number, "%u instead of %u\n", given->number, number);
    run(self, newest);
}

static void round_of(unsigned with_capacity, uint64_t index)
{
    taker *self = &takers[0];
    capacity = with_capacity;
    par_fork_deque *own = par_load_relaxed(&deque);
    uint32_t open[MOST], depth = 0, next = 0;
    const par_fork_crew *crew = &crews[index % 2];
    own->capacity = capacity;
    par_fork_deque_begin(own, &crews[index % 2]);
    while (next < NUMBERS || depth > 0) {
        bool deeper = depth < capacity && next < NUMBERS && stress_random(&self->random) % 8 < 5;
        if (!deeper && depth == 0)
            continue;
        if (!deeper) {
            depth--;
            join(self, own, own->slots + depth, open[depth]);
            continue;
        }
        par_fork_slot *slot = own->slots + depth;
        *entry_in(slot) = (entry){.number = next, .crew = crew};
        open[depth++] = next++;
        if (slot >= par_load_relaxed(&own->front.limit))
            par_fork_deque_share(own, slot + 1);
    }
    stress_progress();
}

static void dump(void)
{
    par_fork_deque *own = par_load_relaxed(&deque);
    fprintf(stderr, "  capacity %u, span %llx, split %u\n", capacity,
            (unsigned long long)par_load_relaxed(&own->span), own->split);
}

int main(void)
{
    pthread_t threads[THIEVES];
    stress_begin("stress_fork_deque", dump);
    par_store_release(&deque, par_fork_deque_new(0, MOST));
    stress_check(par_load_relaxed(&deque) != NULL, "no memory\n");
    for (unsigned t = 0; t <= THIEVES; t++) {
        takers[t].taken = calloc(NUMBERS, 1);
        takers[t].random = t + 1;
        stress_check(takers[t].taken != NULL, "no memory\n");
        if (t > 0)
            stress_start(&threads[t - 1], steal_until_ended, &takers[t]);
    }
    uint64_t rounds = 0, times = stress_times(1500);
    for (uint64_t i = 0; i < times; i++) {
        for (unsigned c = 2; c <= MOST; c *= 2)
            round_of(c, rounds++);
    }
    par_store_relaxed(&ended, true);
    uint64_t thefts = 0, asks = 0;
    for (unsigned t = 1; t <= THIEVES; t++) {
        pthread_join(threads[t - 1], NULL);
        thefts += takers[t].thefts;
        asks += takers[t].asks;
    }
    for (unsigned n = 0; n < NUMBERS; n++) {
        unsigned char taken = 0;
        for (unsigned t = 0; t <= THIEVES; t++)
            taken = (unsigned char)(taken + takers[t].taken[n]);
        stress_check(taken == (unsigned char)rounds, "%u taken %u times (mod 256) in %llu rounds\n",
                     n, taken, (unsigned long long)rounds);
    }
    for (unsigned t = 0; t <= THIEVES; t++)
        free(takers[t].taken);
    par_fork_deque_free(par_load_relaxed(&deque));
    printf("stress_fork_deque: %llu rounds, %llu entries, each run once; %llu stolen, %llu asks\n",
           (unsigned long long)rounds, (unsigned long long)rounds * NUMBERS,
           (unsigned long long)thefts, (unsigned long long)asks);
    return 0;
}
