/* idle.c - what a library costs that has nothing to do, from the moment that its work is done, whichever
 * that was. The sleeping caller is not counted. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

#include "../forking.h"
#include "../samples.h"
#include "workloads.h"

enum { TIMES = 100, LITTLE = 100, MUCH = 5000000, NUMBERS = 100000, MOST_THREADS = 256 };

/* So far away that nothing comes near it. */
#define TIMEOUT INT64_C(10000000000)

#define WORK_SECONDS 0.1

/* What there was to do. From COLD on it is for par alone. */
enum { CALLS, LOOP, FORKS, COLD, TIMED, BULK, MISJUDGED };

static const bench_case cases[] = {
    {"calls of 64", 64, CALLS},   {"calls of 3, timeout", 3, TIMED},
    {"loops", 0, LOOP},           {"forks", 0, FORKS},
    {"cold calls of 3", 3, COLD}, {"calls of 100000", 100000, BULK},
    {"misjudged", 3, MISJUDGED},  {NULL, 0, 0},
};

static const bench_bound bounds[] = {
    {.in = "calls of 64", .limit = 0.1},
    {.in = "calls of 64", .column = 1, .limit = 19},
    {.in = "calls of 3, timeout", .limit = 0.1},
    {.in = "loops", .limit = 0.1},
    {.in = "forks", .limit = 0.1},
    {.in = "cold calls of 3", .limit = 0.1},
    {.in = "calls of 100000", .limit = 0.1},
    {.in = "misjudged", .limit = 0.1},
    {.in = NULL},
};

static void run_loops(const loops_by *by)
{
    uint32_t *values = calloc(NUMBERS, sizeof(uint32_t));
    if (values == NULL)
        bench_die("not enough memory");
    for (int i = 0; i < TIMES; i++)
        by->sum(values, NUMBERS);
    free(values);
}

static void run_calls(const bench_peer *peer, bench_job *job)
{
    samples s;
    samples_init(&s);
    samples_of_calls(&s, peer, job, WORK_SECONDS, TIMES);
    samples_free(&s);
}

static void run_cold(const bench_peer *peer, const bench_job *job)
{
    for (int i = 0; i < TIMES; i++) {
        bench_sleep_until(bench_now() + MUCH / 5);
        peer->run(job);
    }
}

static void run_misjudged(const bench_peer *peer, const bench_job *job)
{
    for (int i = 0; i <= 10 * TIMES; i++) {
        for (size_t k = 0; k < job->n; k++)
            job->in[k] = i < 10 * TIMES ? LITTLE : MUCH;
        peer->run(job);
    }
}

/* False when the peer cannot do it. */
static bool begin(const bench_peer *peer, const bench_case *which, bench_job *job)
{
    *job = (bench_job){.task = which->kind == MISJUDGED ? bench_dozing : bench_trivial,
                       .n = which->n,
                       .timeout = which->kind == TIMED ? TIMEOUT : 0,
                       .ahead = which->kind == BULK};
    bool is_par = peer->build != NULL;
    if (!peer->can(job) || (which->kind >= COLD && !is_par) ||
        (which->kind == LOOP && peer->loops == NULL) ||
        (which->kind == FORKS && peer->forks == NULL))
        return false;
    if (which->kind == LOOP || which->kind == FORKS)
        return true;
    bench_calibrate();
    job_arrays(job);
    peer->start(job);
    return true;
}

static void work(const bench_peer *peer, const bench_case *which, bench_job *job)
{
    if (which->kind == LOOP)
        run_loops(peer->loops);
    else if (which->kind == FORKS)
        forking_run(peer->forks, FORKING_FIB, forking_size(FORKING_FIB, true));
    else if (which->kind == COLD)
        run_cold(peer, job);
    else if (which->kind == MISJUDGED)
        run_misjudged(peer, job);
    else
        run_calls(peer, job);
}

/* The numbers of the threads that there are, up to `most`: how many. */
static size_t list_threads(pid_t *numbers, size_t most)
{
    size_t n = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        bench_die("/proc cannot be read");
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        pid_t number = (pid_t)strtol(entry->d_name, NULL, 10);
        if (number != 0 && n < most)
            numbers[n++] = number;
    }
    closedir(tasks);
    return n;
}

static double clock_milliseconds(clockid_t id)
{
    struct timespec t;
    return clock_gettime(id, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

/* The clock of the process does not have what a thread that runs has used since the last tick, some
 * milliseconds. To look at a thread's own clock (clock_getres(2), "dynamic clocks") adds that. */
static double cpu_of_others(const pid_t *threads, size_t n)
{
    enum { OF_THREAD = 4, SCHEDULER = 2 };
    for (size_t i = 0; i < n; i++)
        clock_milliseconds((clockid_t)(~(unsigned)threads[i] << 3 | OF_THREAD | SCHEDULER));
    return clock_milliseconds(CLOCK_PROCESS_CPUTIME_ID) -
           clock_milliseconds(CLOCK_THREAD_CPUTIME_ID);
}

static double switches(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_nvcsw + usage.ru_nivcsw);
}

static bool measure(const bench_peer *peer, const bench_case *which, double seconds,
                    double figures[BENCH_FIGURES])
{
    bench_job job;
    pid_t threads[MOST_THREADS];
    if (!begin(peer, which, &job))
        return false;
    work(peer, which, &job); /* once more below, when its threads are known */
    size_t n = list_threads(threads, MOST_THREADS);
    work(peer, which, &job);
    double cpu = cpu_of_others(threads, n), switched = switches();
    bench_sleep_until(bench_now() + (int64_t)(seconds * 1e9));
    figures[0] = fmax(cpu_of_others(threads, n) - cpu, 0); /* two clocks are not read at once */
    figures[1] = switches() - switched;
    return true;
}

const bench_workload workload_idle = {
    .name = "idle",
    .title = "5 s without work (0.3 s where it shall be quick) after work of one kind or another;\n"
             "  ms of CPU time of all threads but the caller, context switches",
    .columns = {{"cpu", 3, false}, {"switches", 0, false}},
    .cases = cases,
    .bounds = bounds,
    .seconds = 5,
    .quick_seconds = 0.3,
    .extra_seconds = 0.2,
    .rounds = 1,
    .peers = 4,
    .measure = measure,
};
