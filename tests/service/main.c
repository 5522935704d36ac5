/* main.c - a service under load: threads that answer requests, each by asking five back ends at once
 * over HTTP, with a deadline. One answer in twenty stalls for longer than that.
 *
 * Every call returns, and not before its deadline unless it is complete; each slot has the right
 * answer or says that there was none in time; each answer is either handed out or dropped; each call
 * is released once; memory and threads stay bounded. How late calls return is printed beside how
 * late a bare wait does; only what no noise of the machine explains is a failure. */
#include "../stress_support.h"

#include "backend.h"
#include "client.h"
#include "spread.h"

/* 96 threads have room for all tasks of all requests, and for some that are late. */
enum { REQUESTERS = 16, TASKS = 5, MAX_THREADS = 96, GROWTH_KIB = 8192 };

#define DEADLINE 0.030
#define LATE     0.250 /* more than a bare wait ever was: not the machine's doing */

static par_pool *pool;
static unsigned port;
static atomic_bool over;
static atomic_llong calls, complete; /* complete: all five answers were there */
static atomic_llong fetched, taken, dropped, released;
static atomic_llong timed_out, not_started;
static spread calls_late, waits_late;

/* --- A request -------------------------------------------------------------------------------- */

static char *fetch(const char *what, long long item)
{
    char path[80];
    snprintf(path, sizeof(path), "/%s/%lld", what, item);
    char *answer = client_get(port, path);
    if (answer != NULL)
        atomic_fetch_add(&fetched, 1);
    return answer;
}
PAR_DECORATE(char *, fetch, (const char *, what), (long long, item))

static void drop(void *address)
{
    free(*(char **)address);
    atomic_fetch_add(&dropped, 1);
}

static void release(void *context)
{
    atomic_fetch_add((atomic_llong *)context, 1);
}

/* Was there an answer? Then it is the right one, and came in time. */
static bool look(const par_results *page, const par_slot *slot, long long item)
{
    if (slot->status != PAR_DONE) {
        if (slot->code != PAR_ETIMEDOUT && slot->code != ECANCELED)
            par_slot_print(stderr, slot);
        ENSURE(slot->status == PAR_FAILED);
        ENSURE(slot->code == PAR_ETIMEDOUT || slot->code == ECANCELED);
        atomic_fetch_add(&timed_out, 1);
        atomic_fetch_add(&not_started, slot->ran == 0);
        return false;
    }
    char right[80], *answer = par_get(page, slot->index, char *);
    snprintf(right, sizeof(right), "%s of %lld", slot->name, item);
    ENSURE(strcmp(answer, right) == 0);
    ENSURE(slot->waited + slot->ran <= DEADLINE + 1e-6);
    free(answer);
    atomic_fetch_add(&taken, 1);
    return true;
}

static void answer_request(long long item)
{
    PAR_AUTO(par_results) *page = NULL;
    double due = now_seconds() + DEADLINE;
    int rc = par(&page,
                 par_named({"price", fetch_future("price", item)},
                           {"stock", fetch_future("stock", item)},
                           {"rating", fetch_future("rating", item)},
                           {"offers", fetch_future("offers", item)},
                           {"delivery", fetch_future("delivery", item)}),
                 .timeout = DEADLINE, .silent = true, .pool = pool, .drop = drop,
                 .on_release = release, .context = &released);
    double late = now_seconds() - due;
    ENSURE(rc == 0 && par_count(page) == TASKS);
    size_t answers = 0;
    for (size_t i = 0; i < TASKS; i++)
        answers += look(page, par_at(page, i), item);
    ENSURE(par_failures(page) == TASKS - answers);
    if (answers == TASKS) {
        atomic_fetch_add(&complete, 1);
    } else {
        ENSURE(late > -1e-6); /* seconds are rounded */
        spread_add(&calls_late, late);
    }
}

static void *answer_requests(void *unused)
{
    while (!atomic_load(&over)) {
        answer_request(atomic_fetch_add(&calls, 1));
        advance();
    }
    return unused;
}

/* What the machine makes of a wait of that length, meanwhile. */
static void *wait_beside(void *unused)
{
    while (!atomic_load(&over)) {
        double due = now_seconds() + DEADLINE;
        nap(DEADLINE);
        spread_add(&waits_late, now_seconds() - due);
    }
    return unused;
}

/* --- The run ---------------------------------------------------------------------------------- */

typedef struct seen {
    long threads;       /* the most */
    long third, at_end; /* KiB in memory, after a third of the time and at its end */
} seen;

static seen watch(double seconds)
{
    seen s = {0};
    double began = now_seconds();
    while (now_seconds() < began + seconds) {
        long threads = thread_count();
        s.threads = threads > s.threads ? threads : s.threads;
        if (s.third == 0 && now_seconds() > began + seconds / 3)
            s.third = process_status("VmRSS:");
        nap(0.01);
    }
    s.at_end = process_status("VmRSS:");
    return s;
}

static seen run(double seconds)
{
    pthread_t requesters[REQUESTERS], beside;
    for (int i = 0; i < REQUESTERS; i++)
        ENSURE(pthread_create(&requesters[i], NULL, answer_requests, NULL) == 0);
    ENSURE(pthread_create(&beside, NULL, wait_beside, NULL) == 0);
    seen s = watch(seconds);
    atomic_store(&over, true);
    for (int i = 0; i < REQUESTERS; i++)
        ENSURE(pthread_join(requesters[i], NULL) == 0);
    ENSURE(pthread_join(beside, NULL) == 0);
    return s;
}

static void print_spread(const char *what, spread *s)
{
    printf("%s: p50 %.2f, p99 %.2f, most %.2f ms\n", what, 1000 * spread_percentile(s, 50),
           1000 * spread_percentile(s, 99), 1000 * spread_most(s));
}

static void report(double seconds, const seen *s, double closing)
{
    long long asked = atomic_load(&calls), answers = atomic_load(&taken);
    printf("%lld requests in %.1f s, %.0f a second; %.1f %% complete\n", asked, seconds,
           (double)asked / seconds, 100.0 * (double)atomic_load(&complete) / (double)asked);
    printf("back ends: %.1f %% answered in time; %lld too late, of which %lld were not asked\n",
           100.0 * (double)answers / (double)(asked * TASKS), atomic_load(&timed_out),
           atomic_load(&not_started));
    printf("answers: %lld handed out, %lld dropped\n", answers, atomic_load(&dropped));
    print_spread("calls at their deadline return late by", &calls_late);
    print_spread("a bare wait of that length beside them", &waits_late);
    printf("at most %ld threads; %ld KiB in memory after a third, %ld at the end; closed in %.1f "
           "ms\n",
           s->threads, s->third, s->at_end, 1000 * closing);
}

static void check(const seen *s, long threads_before)
{
    ENSURE(atomic_load(&released) == atomic_load(&calls));
    ENSURE(atomic_load(&taken) + atomic_load(&dropped) == atomic_load(&fetched));
    ENSURE(atomic_load(&taken) > 0);
    ENSURE(spread_percentile(&calls_late, 99) < LATE + spread_most(&waits_late));
    /* The last two: what a pool may have besides its workers and spares. */
    ENSURE(s->threads <= threads_before + REQUESTERS + 1 + MAX_THREADS + 2);
    /* Sanitizers keep what was freed. */
    ENSURE(UNDER_ASAN || UNDER_TSAN || s->at_end - s->third < GROWTH_KIB);
}

int main(int argc, char **argv)
{
    backend *server;
    uint64_t seed = seed_of(argc, argv);
    double seconds = (double)scaled(6000) / 1000;
    pthread_t watchdog = watchdog_start();
    ENSURE(backend_start(&server, seed) == 0);
    port = backend_port(server);
    long threads_before = thread_count();
    ENSURE(par_pool_open(&pool, .max_threads = MAX_THREADS) == 0);
    seen s = run(seconds);
    double closing = now_seconds();
    ENSURE(par_pool_close(pool, LONG) == 0);
    closing = now_seconds() - closing;
    backend_stop(server);
    watchdog_end(watchdog);
    report(seconds, &s, closing);
    check(&s, threads_before);
    return 0;
}
