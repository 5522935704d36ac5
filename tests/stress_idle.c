/* stress_idle.c - the protocol of idle.h, to the letter, with the oracles that see what it can
 * lose.
 *
 * Sleepers take jobs from a table of slots. No wait has a deadline. Three endings:
 *   wait        each job is waited for before the next is submitted, and before the stop: a lost
 *               wake-up is a hang, where a stop that wakes everybody would have hidden it
 *   rendezvous  as many jobs as sleepers, each of which ends only when all have begun: one sleeper
 *               that is left asleep, or in no set, is a hang
 *   stop        the stop comes at once, while sleepers go to sleep
 * E1: what is written down for the one that is taken. E2: not both miss each other. E3: one
 * winner. */
#include <sched.h>

#include "../sched/base.h"
#include "../sched/idle.h"
#include "../sched/os.h"
#include "stress.h"

enum { MOST = 70, WORDS = 2 }; /* so that the second word is used too */
typedef enum { ENDING_WAIT, ENDING_RENDEZVOUS, ENDING_STOP, ENDINGS } ending;
static const char *const ending_names[] = {"wait", "rendezvous", "stop"};

typedef struct sleeper {
    _Alignas(PAR_CACHE_LINE) par_bell bell;
    unsigned number;
    uint64_t note; /* E1: written by who takes it, before the ring */
    uint64_t taken, slept, jobs;
    uint64_t random;
} sleeper;

static _Atomic uint64_t bits[WORDS];
static par_idle set;
static sleeper sleepers[MOST];
static unsigned index_of[MOST]; /* of the sleeper of that number */
static unsigned n;              /* sleepers in this round */
static ending how;
/* A job's slot: its number + 1 while it waits. Written by one submitter, with a plain release
 * store: the full fence is the protocol's. */
static _Atomic uint64_t slots[MOST];
static _Atomic uint64_t done, met;
static _Atomic uint32_t stop;
static uint64_t total, wakes, misses;
static par_os real_os;
static unsigned early_percent;

static void early_wait(const _Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    static _Thread_local uint64_t random = 88172645463325252;
    stress_check(deadline == PAR_NEVER, "a timed wait\n");
    if (stress_random(&random) % 100 >= early_percent)
        real_os.futex_wait(word, expected, deadline);
    else
        sched_yield();
}

static bool any_job(void)
{
    for (unsigned i = 0; i < n; i++) {
        if (par_load_seq_cst(&slots[i]) != 0)
            return true;
    }
    return false;
}

static bool take_job(void)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t job = par_load_seq_cst(&slots[i]);
        if (job != 0 && par_cas_seq_cst(&slots[i], &job, 0))
            return true;
    }
    return false;
}

static void do_job(sleeper *self)
{
    self->jobs++;
    if (how == ENDING_RENDEZVOUS) {
        uint64_t target = (par_add_acq_rel(&met, 1) / n + 1) * n;
        while (par_load_acquire(&met) < target)
            sched_yield();
    }
    par_add_release(&done, 1);
}

static void sleep_once(sleeper *self)
{
    uint32_t key = par_bell_key(&self->bell);
    par_idle_join(&set, self->number);
    par_fence_seq_cst();
    if (!any_job() && par_load_seq_cst(&stop) == 0) {
        par_bell_wait(&self->bell, key, PAR_NEVER);
        self->slept++;
    }
    if (par_idle_leave(&set, self->number))
        return;
    par_bell_wait(&self->bell, key, PAR_NEVER);
    if (par_load_seq_cst(&stop) == 0) { /* a stop rings everybody, and writes nothing down */
        stress_check(self->note == self->number + 1000, "%u was taken without being told\n",
                     self->number);
        self->note = 0;
    }
    self->taken++;
}

static void *live(void *argument)
{
    sleeper *self = argument;
    while (par_load_seq_cst(&stop) == 0) {
        if (take_job())
            do_job(self);
        else
            sleep_once(self);
    }
    return NULL;
}

/* The waker's side. */
static void submit(unsigned slot, uint64_t job)
{
    par_store_release(&slots[slot], job + 1);
    par_fence_seq_cst();
    int who = par_idle_take(&set);
    if (who < 0) {
        misses++;
        return;
    }
    wakes++;
    sleeper *taken = &sleepers[index_of[who]];
    if (early_percent != 0)
        stress_busy((uint64_t)who + wakes % 64);
    taken->note = (uint64_t)who + 1000;
    par_bell_ring(&taken->bell);
}

static void await(uint64_t jobs)
{
    while (par_load_acquire(&done) < jobs)
        sched_yield();
}

static void submit_all(uint64_t jobs, uint64_t *random)
{
    uint64_t submitted = 0;
    while (submitted < jobs) {
        unsigned together = how == ENDING_RENDEZVOUS ? n : 1;
        for (unsigned i = 0; i < together; i++)
            submit(i, submitted++);
        if (how != ENDING_STOP)
            await(submitted);
        if (stress_random(random) % 2)
            stress_busy(stress_random(random) % 300);
    }
}

static void round_of(unsigned sleepers_now, ending with, unsigned percent, uint64_t jobs,
                     uint64_t *random)
{
    pthread_t threads[MOST];
    n = sleepers_now;
    how = with;
    early_percent = percent;
    par_idle_init(&set, bits, WORDS);
    par_store_relaxed(&stop, 0);
    par_store_relaxed(&done, 0);
    par_store_relaxed(&met, 0);
    for (unsigned i = 0; i < n; i++) {
        par_store_relaxed(&slots[i], 0);
        sleepers[i] = (sleeper){.number = (i * 37 + 60) % MOST, .random = i + 1};
        index_of[sleepers[i].number] = i;
        par_bell_init(&sleepers[i].bell);
    }
    for (unsigned i = 0; i < n; i++)
        stress_start(&threads[i], live, &sleepers[i]);
    submit_all(jobs, random);
    par_store_seq_cst(&stop, 1);
    par_fence_seq_cst();
    for (unsigned i = 0; i < n; i++)
        par_bell_ring(&sleepers[i].bell);
    uint64_t did = 0;
    for (unsigned i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        did += sleepers[i].jobs;
        /* Who took it rang it, each time; and the stop, once. E3 */
        stress_check(par_bell_key(&sleepers[i].bell) == sleepers[i].taken + 1,
                     "taken %llu, rung %u\n", (unsigned long long)sleepers[i].taken,
                     par_bell_key(&sleepers[i].bell));
    }
    stress_check(how == ENDING_STOP || did == jobs, "%llu of %llu jobs done\n",
                 (unsigned long long)did, (unsigned long long)jobs);
    stress_check(!par_idle_any(&set), "a member is left\n");
    total += did;
    stress_progress();
}

static void dump(void)
{
    fprintf(
        stderr,
        "  %s, %u sleepers, early %u %%; done %llu, met %llu, jobs waiting: %d\n  set %llx %llx\n",
        ending_names[how], n, early_percent, (unsigned long long)par_load_relaxed(&done),
        (unsigned long long)par_load_relaxed(&met), any_job(),
        (unsigned long long)par_load_relaxed(&bits[0]),
        (unsigned long long)par_load_relaxed(&bits[1]));
    for (unsigned i = 0; i < n; i++)
        fprintf(stderr, "  sleeper %u: rung %u, taken %llu, slept %llu, jobs %llu\n",
                sleepers[i].number, par_bell_key(&sleepers[i].bell),
                (unsigned long long)sleepers[i].taken, (unsigned long long)sleepers[i].slept,
                (unsigned long long)sleepers[i].jobs);
}

int main(void)
{
    static const unsigned sizes[] = {1, 2, 3, 8, 70};
    static const unsigned percents[] = {0, 1, 50, 100};
    uint64_t random = 3, rounds = 0, times = stress_times(5);
    stress_begin("stress_idle", dump);
    real_os = par_os_table;
    par_os_table.futex_wait = early_wait;
    for (uint64_t i = 0; i < times; i++) {
        for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
            for (unsigned p = 0; p < sizeof(percents) / sizeof(*percents); p++) {
                uint64_t jobs = percents[p] == 0 ? 6000 : 600;
                round_of(sizes[s], ENDING_WAIT, percents[p], jobs, &random);
                round_of(sizes[s], ENDING_RENDEZVOUS, percents[p], jobs / 10 / sizes[s] * sizes[s],
                         &random);
                for (int again = 0; again < 10; again++)
                    round_of(sizes[s], ENDING_STOP, percents[p], (uint64_t)again % 5, &random);
                rounds += 12;
            }
        }
    }
    par_os_table = real_os;
    printf("stress_idle: %llu rounds, %llu jobs; %llu wakes, %llu times nobody was asleep\n",
           (unsigned long long)rounds, (unsigned long long)total, (unsigned long long)wakes,
           (unsigned long long)misses);
    return 0;
}
