/* stress_inject.c - what is handed in comes out once, in the order of each producer, with its
 * contents (I1); a node is handed in again as soon as it is out; and the list does not claim to be
 * empty when it is not. */
#include "../sched/inject.h"
#include "stress.h"

enum { MOST_PRODUCERS = 4, MOST_TAKERS = 2, EACH = 2000 };

struct job {
    par_inject_node node;
    unsigned producer, number, hops; /* plain: I1 makes them visible */
    unsigned taken;                  /* times it came out; by the taker */
};

typedef struct producer {
    _Alignas(PAR_CACHE_LINE) unsigned number;
    _Atomic uint64_t pushed; /* after the push: so many were in the list by now */
    uint64_t random;
    struct job jobs[EACH];
} producer;

typedef struct taker {
    _Alignas(PAR_CACHE_LINE) unsigned number;
    uint64_t random, taken, batches;
    unsigned next[MOST_PRODUCERS]; /* the least number that may come from each */
} taker;

static par_inject inject;
static producer producers[MOST_PRODUCERS];
static taker takers[MOST_TAKERS];
static unsigned n_producers, n_takers;
static bool again;           /* this round: jobs are handed in again by their takers */
static _Atomic uint64_t out; /* for good */
static _Atomic bool ended;
static pthread_barrier_t start, end;

static void *produce(void *argument)
{
    producer *self = argument;
    for (;;) {
        pthread_barrier_wait(&start);
        if (par_load_relaxed(&ended))
            return NULL;
        for (unsigned i = 0; i < EACH && self->number < n_producers; i++) {
            struct job *job = &self->jobs[i];
            job->producer = self->number;
            job->number = i;
            job->hops = again ? (unsigned)(stress_random(&self->random) % 3) : 0;
            job->taken = 0;
            par_inject_push(&inject, &job->node);
            par_store_release(&self->pushed, i + 1);
            if (i % 64 == 63)
                stress_busy(stress_random(&self->random) % 512);
        }
        pthread_barrier_wait(&end);
    }
}

static uint64_t pushed(void)
{
    uint64_t sum = 0;
    for (unsigned p = 0; p < n_producers; p++)
        sum += par_load_acquire(&producers[p].pushed);
    return sum;
}

static void take_all(taker *self)
{
    uint64_t before = pushed();
    par_inject_node *node = par_inject_take(&inject);
    uint64_t for_good = 0;
    self->batches += node != NULL;
    while (node != NULL) {
        par_inject_node *next = par_inject_next(node);
        struct job *job = par_container_of(node, struct job, node);
        stress_check(job->producer < n_producers && job->number < EACH, "not a job\n");
        job->taken++;
        if (!again) { /* in order, whoever took what lies between */
            stress_check(job->number >= self->next[job->producer], "job %u of %u after %u\n",
                         job->number, job->producer, self->next[job->producer]);
            self->next[job->producer] = job->number + 1;
        }
        if (job->hops > 0) {
            job->hops--;
            par_inject_push(&inject, node);
        } else {
            for_good++;
        }
        node = next;
    }
    self->taken += for_good;
    if (n_takers == 1 && !again)
        stress_check(self->taken >= before, "%llu were in, only %llu came out\n",
                     (unsigned long long)before, (unsigned long long)self->taken);
    par_add_relaxed(&out, for_good);
}

static void *take(void *argument)
{
    taker *self = argument;
    for (;;) {
        pthread_barrier_wait(&start);
        if (par_load_relaxed(&ended))
            return NULL;
        memset(self->next, 0, sizeof(self->next));
        self->taken = 0;
        while (self->number < n_takers && par_load_relaxed(&out) < (uint64_t)n_producers * EACH)
            take_all(self);
        pthread_barrier_wait(&end);
    }
}

static void dump(void)
{
    fprintf(stderr, "  %u producers, %u takers, %llu of %llu out, list %sempty\n", n_producers,
            n_takers, (unsigned long long)par_load_relaxed(&out),
            (unsigned long long)n_producers * EACH, par_inject_empty(&inject) ? "" : "not ");
}

int main(void)
{
    pthread_t threads[MOST_PRODUCERS + MOST_TAKERS];
    uint64_t rounds = 0, jobs = 0, batches = 0, times = stress_times(80);
    stress_begin("stress_inject", dump);
    par_inject_init(&inject);
    pthread_barrier_init(&start, NULL, MOST_PRODUCERS + MOST_TAKERS + 1);
    pthread_barrier_init(&end, NULL, MOST_PRODUCERS + MOST_TAKERS + 1);
    for (unsigned p = 0; p < MOST_PRODUCERS; p++) {
        producers[p].number = p;
        producers[p].random = p + 1;
        stress_start(&threads[p], produce, &producers[p]);
    }
    for (unsigned t = 0; t < MOST_TAKERS; t++) {
        takers[t].number = t;
        stress_start(&threads[MOST_PRODUCERS + t], take, &takers[t]);
    }
    for (uint64_t i = 0; i < times; i++) {
        for (unsigned kind = 0; kind < MOST_PRODUCERS * MOST_TAKERS * 2; kind++) {
            n_producers = 1 + kind % MOST_PRODUCERS;
            n_takers = 1 + kind / MOST_PRODUCERS % MOST_TAKERS;
            again = kind / MOST_PRODUCERS / MOST_TAKERS != 0;
            par_store_relaxed(&out, 0);
            for (unsigned p = 0; p < MOST_PRODUCERS; p++)
                par_store_relaxed(&producers[p].pushed, 0);
            pthread_barrier_wait(&start);
            pthread_barrier_wait(&end);
            stress_check(par_inject_empty(&inject), "something is left\n");
            for (unsigned p = 0; p < n_producers; p++) {
                for (unsigned j = 0; j < EACH; j++)
                    stress_check(
                        producers[p].jobs[j].taken >= 1 && producers[p].jobs[j].hops == 0 &&
                            (again || producers[p].jobs[j].taken == 1),
                        "job %u of %u came out %u times\n", j, p, producers[p].jobs[j].taken);
            }
            jobs += (uint64_t)n_producers * EACH;
            rounds++;
            stress_progress();
        }
    }
    par_store_relaxed(&ended, true);
    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < MOST_PRODUCERS + MOST_TAKERS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned t = 0; t < MOST_TAKERS; t++)
        batches += takers[t].batches;
    printf("stress_inject: %llu rounds, %llu jobs in %llu batches\n", (unsigned long long)rounds,
           (unsigned long long)jobs, (unsigned long long)batches);
    return 0;
}
