/* bench.c - the driver: measures each case with each peer in turn, several rounds of that, and
 * prints a table.
 *
 * Usage: bench [--quick] [--rounds N] [--into FOLDER] [WORKLOAD...]
 *   --quick   shorter loops, two rounds, or one
 *   --rounds  7 unless said otherwise
 *   --into    where FOLDER/WORKLOAD.csv is written, a line for each measurement; nowhere by default
 *
 * Ends with 0 also when bounds were not held; with 1 when a program failed or an answer was wrong:
 * what was measured then is shown all the same. */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cores.h"
#include "measurement.h"
#include "peer_list.h"
#include "progress.h"
#include "samples.h"
#include "table.h"

enum { ROUNDS = 7, QUICK_ROUNDS = 2 };

/* A measurement that took so many times as long as estimated, and a second, is not repeated. */
enum { SLOW = 4 };

/* What a measurement takes beside its loop and its warm-up: the probe, starting a process. */
#define OVERHEAD 0.03

static const char *const peers[] = {PERF_PEERS};
enum { PEERS = sizeof(peers) / sizeof(peers[0]), MAX_CASES = 32 };

typedef struct run {
    const char *folder; /* of the measuring programs */
    const char *into;
    char **wanted; /* names of workloads, NULL behind the last; none: all */
    size_t rounds;
    bool quick;
    bool went_wrong;
    progress progress;
    table_tally tally;
    table_row rows[PEERS];
    table_row before[MAX_CASES]; /* par's, of the cases of the workload so far */
    size_t n_before;
} run;

static bool is_wanted(const run *r, const bench_workload *workload)
{
    char **name = r->wanted;
    while (*name != NULL && strcmp(*name, workload->name) != 0)
        name++;
    return *r->wanted == NULL || *name != NULL;
}

static double loop_seconds(const run *r, const bench_workload *workload)
{
    return r->quick ? workload->quick_seconds : workload->seconds;
}

static double estimate(const run *r, const bench_workload *workload)
{
    return 1.2 * loop_seconds(r, workload) + workload->extra_seconds + OVERHEAD;
}

static size_t rounds(const run *r, const bench_workload *workload)
{
    size_t most =
        r->quick && workload->quick_rounds != 0 ? workload->quick_rounds : workload->rounds;
    return most != 0 && most < r->rounds ? most : r->rounds;
}

static double estimate_all(const run *r)
{
    double seconds = 0;
    for (const bench_workload *const *each = bench_workloads; *each != NULL; each++) {
        size_t measurements = ((*each)->peers < PEERS ? (*each)->peers : PEERS) * rounds(r, *each);
        for (const bench_case *which = (*each)->cases; which->name != NULL; which++)
            seconds += is_wanted(r, *each) ? (double)measurements * estimate(r, *each) : 0;
    }
    return seconds;
}

/* FOLDER/NAME.csv with its first line; NULL where nothing is written. */
static FILE *open_csv(const run *r, const char *name, const char *heading)
{
    char path[PATH_MAX];
    if (r->into == NULL)
        return NULL;
    snprintf(path, sizeof(path), "%s/%s.csv", r->into, name);
    FILE *csv = fopen(path, "w");
    if (csv == NULL)
        bench_die("%s: %s", path, strerror(errno));
    fprintf(csv, "%s", heading);
    return csv;
}

static void close_csv(FILE *csv)
{
    if (csv != NULL && fclose(csv) != 0)
        bench_die("the results could not be written");
}

static FILE *open_csv_of(const run *r, const bench_workload *workload)
{
    FILE *csv = open_csv(r, workload->name, "case,peer,round,cores");
    for (int i = 0; csv != NULL && i < BENCH_FIGURES; i++) {
        if (bench_has_figure(workload, i) && i < BENCH_COLUMNS)
            fprintf(csv, ",%s", workload->columns[i].name);
        else if (bench_has_figure(workload, i))
            fprintf(csv, ",%g", bench_spread[i - BENCH_COLUMNS]);
    }
    if (csv != NULL)
        fprintf(csv, "\n");
    return csv;
}

static void write_csv(FILE *csv, const bench_workload *workload, const table_row *row, size_t round)
{
    if (csv == NULL)
        return;
    size_t last = row->rounds - 1;
    fprintf(csv, "\"%s\",%s,%zu,%.3f", row->in, row->peer, round, row->cores[last]);
    for (int i = 0; i < BENCH_FIGURES; i++) {
        if (bench_has_figure(workload, i))
            fprintf(csv, ",%.6g", row->figures[i][last]);
    }
    fprintf(csv, "\n");
    fflush(csv);
}

static void measure_one(run *r, const bench_workload *workload, const bench_case *which,
                        table_row *row, size_t round, FILE *csv)
{
    double seconds = estimate(r, workload), figures[BENCH_FIGURES] = {0};
    size_t of = rounds(r, workload);
    progress_show(&r->progress, "%s %s, %s, round %zu of %zu", workload->name, which->name,
                  row->peer, round, of);
    double cores = cores_available();
    int64_t began = bench_now();
    switch (measurement_make(r->folder, row->peer, workload, which, loop_seconds(r, workload),
                             figures)) {
    case CANNOT:
        row->cannot = true; /* and was not counted */
        return;
    case WENT_WRONG:
        row->wrong = r->went_wrong = true;
        progress_drop(&r->progress, seconds * (double)(of - round + 1));
        return;
    case MEASURED:
        break;
    }
    progress_done(&r->progress, seconds);
    row->cores[row->rounds] = cores;
    for (int i = 0; i < BENCH_FIGURES; i++)
        row->figures[i][row->rounds] = figures[i];
    row->rounds++;
    row->slow = (double)(bench_now() - began) * 1e-9 > SLOW * seconds + 1;
    if (row->slow)
        progress_drop(&r->progress, seconds * (double)(of - round));
    write_csv(csv, workload, row, round);
}

/* Every round begins with another peer, so that none is always measured after the same one. */
static void measure_case(run *r, const bench_workload *workload, const bench_case *which, FILE *csv)
{
    for (size_t i = 0; i < PEERS; i++)
        r->rows[i] = (table_row){.in = which->name, .peer = peers[i]};
    for (size_t round = 0; round < rounds(r, workload); round++) {
        for (size_t i = 0; i < PEERS; i++) {
            table_row *row = &r->rows[(i + round) % PEERS];
            if (!row->cannot && !row->wrong && !row->slow)
                measure_one(r, workload, which, row, round + 1, csv);
        }
    }
    progress_clear(&r->progress);
    table_figures figures = {r->rows, PEERS, r->before, r->n_before};
    table_case(workload, which, &figures, &r->tally);
    if (r->n_before == MAX_CASES)
        bench_die("%s has too many cases", workload->name);
    r->before[r->n_before++] = r->rows[0];
}

/* For the report: the workloads of this run and their titles, each on one line. */
static void write_titles(const run *r)
{
    FILE *csv = open_csv(r, "workloads", "title,workload\n");
    for (const bench_workload *const *each = bench_workloads; csv != NULL && *each != NULL;
         each++) {
        if (!is_wanted(r, *each))
            continue;
        fputc('"', csv);
        for (const char *c = (*each)->title; *c != '\0'; c++) {
            if (*c == '\n') /* and a space, of two */
                c++;
            else
                fputc(*c, csv);
        }
        fprintf(csv, "\",%s\n", (*each)->name);
    }
    close_csv(csv);
}

static void measure_workload(run *r, const bench_workload *workload)
{
    FILE *csv = open_csv_of(r, workload);
    r->n_before = 0;
    table_heading(workload);
    for (const bench_case *which = workload->cases; which->name != NULL; which++)
        measure_case(r, workload, which, csv);
    close_csv(csv);
}

static void print_machine(const run *r)
{
    struct utsname name;
    uname(&name);
    printf("%s %s, %s, %u CPUs; compiled by %s\n", name.sysname, name.release, name.machine,
           bench_cpus(), PERF_COMPILER);
    printf("Medians of %zu rounds. cores: what two busy threads got just before, 2 at best.\n"
           "x: par's figure as a multiple of the row's, so that below 1 par is better.\n",
           r->rounds);
    printf("%s", PERF_ABSENT);
}

static void read_options(run *r, int argc, char **argv)
{
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},
        {"rounds", required_argument, NULL, 'r'},
        {"into", required_argument, NULL, 'i'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'q')
            r->quick = true;
        else if (option == 'r')
            r->rounds = strtoul(optarg, NULL, 10);
        else if (option == 'i')
            r->into = optarg;
        else
            exit(2);
    }
    r->wanted = argv + optind;
    for (char **name = r->wanted; *name != NULL; name++) {
        if (bench_find_workload(*name) == NULL)
            bench_die("there is no workload %s", *name);
    }
    if (r->rounds == 0)
        r->rounds = r->quick ? QUICK_ROUNDS : ROUNDS;
    if (r->rounds > MAX_ROUNDS)
        bench_die("at most %d rounds", MAX_ROUNDS);
}

int main(int argc, char **argv)
{
    static run r;
    static char self[PATH_MAX];
    read_options(&r, argc, argv);
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        bench_die("/proc/self/exe: %s", strerror(errno));
    r.folder = dirname(self);
    if (r.into != NULL && mkdir(r.into, 0777) != 0 && errno != EEXIST)
        bench_die("%s: %s", r.into, strerror(errno));
    r.tally.csv = open_csv(&r, "bounds", "case,workload,peer,bound,value,verdict,cores\n");
    write_titles(&r);
    print_machine(&r);
    progress_begin(&r.progress, estimate_all(&r));
    for (const bench_workload *const *each = bench_workloads; *each != NULL; each++) {
        if (is_wanted(&r, *each))
            measure_workload(&r, *each);
    }
    table_end(&r.tally);
    close_csv(r.tally.csv);
    return r.went_wrong ? 1 : 0;
}
