/* table.c - plain text on stdout. */
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "samples.h"

enum { CASE_WIDTH = 22, PEER_WIDTH = 9, FIGURE_WIDTH = 9, RATIO_WIDTH = 8 };

/* With fewer cores than that a verdict says little. */
#define ENOUGH 1.5

static double figure(const table_row *row, int column)
{
    return samples_median(row->figures[column], row->rounds);
}

static double cores(const table_row *row)
{
    return samples_median(row->cores, row->rounds);
}

static bool has_figures(const table_row *row)
{
    return row != NULL && !row->cannot && !row->wrong && row->rounds != 0;
}

static const table_row *row_of(const table_row *rows, size_t n, const char *peer)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].peer, peer) == 0)
            return &rows[i];
    }
    return NULL;
}

/* par's figure as a part of the other's; where that is 0, or one of them infinite, there is none. */
static void print_ratio(const table_row *par, const table_row *row, int column)
{
    double own = has_figures(par) ? figure(par, column) : INFINITY, other = figure(row, column);
    if (par == row || other <= 0 || isinf(own) || isinf(other))
        printf(" %*s", RATIO_WIDTH, "");
    else
        printf(" %*.3f", RATIO_WIDTH, own / other);
}

static bool any_ratio(const bench_workload *workload)
{
    return strcmp(workload->name, "build") != 0;
}

void table_heading(const bench_workload *workload)
{
    printf("\n%s: %s\n", workload->name, workload->title);
    printf("  %-*s %-*s", CASE_WIDTH, "n", PEER_WIDTH, "");
    for (int i = 0; i < BENCH_COLUMNS; i++)
        printf(" %*s", FIGURE_WIDTH, workload->columns[i].name);
    printf(" %6s", "cores");
    for (int i = 0; i < BENCH_COLUMNS && any_ratio(workload); i++)
        printf("   x %-*s", RATIO_WIDTH - 4, workload->columns[i].name);
    printf("  bound\n");
}

/* par has to keep to this bound beside that row? */
static bool concerns(const bench_bound *bound, const bench_case *which, const char *peer)
{
    return strcmp(bound->in, which->name) == 0 &&
           strcmp(bound->peer != NULL ? bound->peer : "par", peer) == 0;
}

static void print_bound(const bench_workload *workload, const bench_bound *bound,
                        const table_row *par, const table_row *row, table_tally *tally)
{
    double value = figure(par, bound->column);
    if (bound->above)
        value -= figure(row, bound->column);
    else if (bound->peer != NULL)
        value /= figure(row, bound->column);
    bool held = value <= bound->limit, few = cores(par) < ENOUGH || cores(row) < ENOUGH;
    *(held ? &tally->held : &tally->broken) += 1;
    tally->doubtful += few;
    printf("  %s at most %g%s: %s%s", workload->columns[bound->column].name, bound->limit,
           bound->above ? " above" : "", held ? "held" : "NOT held", few ? " (few cores)" : "");
}

static void print_row(const bench_workload *workload, const bench_case *which, const table_row *par,
                      const table_row *row, table_tally *tally)
{
    for (int i = 0; i < BENCH_COLUMNS; i++)
        printf(" %*.*f", FIGURE_WIDTH, workload->columns[i].digits, figure(row, i));
    printf(" %6.2f", cores(row));
    for (int i = 0; i < BENCH_COLUMNS && any_ratio(workload); i++)
        print_ratio(par, row, i);
    for (const bench_bound *bound = workload->bounds; bound->in != NULL; bound++) {
        if (has_figures(par) && concerns(bound, which, row->peer))
            print_bound(workload, bound, par, row, tally);
    }
    printf("\n");
}

/* Bounds of the case that could not be looked at. */
static unsigned count_open(const bench_workload *workload, const bench_case *which,
                           const table_row *rows, size_t n)
{
    unsigned open = 0;
    for (const bench_bound *bound = workload->bounds; bound->in != NULL; bound++) {
        if (strcmp(bound->in, which->name) != 0)
            continue;
        const table_row *peer = row_of(rows, n, bound->peer != NULL ? bound->peer : "par");
        if (!has_figures(peer) || !has_figures(&rows[0]))
            open++;
    }
    return open;
}

void table_case(const bench_workload *workload, const bench_case *which, const table_row *rows,
                size_t n, table_tally *tally)
{
    const char *name = which->name;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].cannot)
            continue;
        printf("  %-*s %-*s", CASE_WIDTH, name, PEER_WIDTH, rows[i].peer);
        name = "";
        if (has_figures(&rows[i]))
            print_row(workload, which, &rows[0], &rows[i], tally);
        else
            printf(" FAILED\n");
    }
    tally->open += count_open(workload, which, rows, n);
    fflush(stdout);
}

void table_end(const table_tally *tally)
{
    printf("\n%u of %u bounds held", tally->held, tally->held + tally->broken + tally->open);
    if (tally->broken != 0)
        printf(", %u NOT held", tally->broken);
    if (tally->open != 0)
        printf(", %u not measured", tally->open);
    if (tally->doubtful != 0)
        printf("; %u of them looked at while there were less than %g cores: measure again",
               tally->doubtful, ENOUGH);
    printf("\n");
}
