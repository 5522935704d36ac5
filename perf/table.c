/* table.c - plain text on stdout. */
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "samples.h"

enum { CASE_WIDTH = 22, PEER_WIDTH = 11, FIGURE_WIDTH = 9, RATIO_WIDTH = 8 };

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

/* Of the case that a bound is against. */
static const table_row *own_row(const table_figures *figures, const char *in)
{
    for (size_t i = 0; i < figures->n_before; i++) {
        if (strcmp(figures->before[i].in, in) == 0)
            return &figures->before[i];
    }
    return NULL;
}

static bool has_column(const bench_workload *workload, int column)
{
    return workload->columns[column].name != NULL;
}

static bool has_times(const bench_workload *workload, int column)
{
    return has_column(workload, column) && !workload->columns[column].no_times;
}

void table_heading(const bench_workload *workload)
{
    printf("\n%s: %s\n", workload->name, workload->title);
    printf("  %-*s %-*s", CASE_WIDTH, "n", PEER_WIDTH, "");
    for (int i = 0; i < BENCH_COLUMNS; i++) {
        if (has_column(workload, i))
            printf(" %*s", FIGURE_WIDTH, workload->columns[i].name);
    }
    printf(" %6s", "cores");
    for (int i = 0; i < BENCH_COLUMNS; i++) {
        if (has_times(workload, i))
            printf("   x %-*s", RATIO_WIDTH - 4, workload->columns[i].name);
    }
    printf("  bound\n");
}

/* On whose row is the bound shown? */
static const char *peer_of(const bench_bound *bound)
{
    return bound->peer != NULL ? bound->peer : "par";
}

static bool concerns(const bench_bound *bound, const bench_case *which, const char *peer)
{
    return strcmp(bound->in, which->name) == 0 && strcmp(peer_of(bound), peer) == 0;
}

/* Whose figure is par's compared with? NULL: it has none. */
static const table_row *other_of(const bench_bound *bound, const table_figures *figures)
{
    const table_row *other = bound->against != NULL
                                 ? own_row(figures, bound->against)
                                 : row_of(figures->rows, figures->n, peer_of(bound));
    return has_figures(other) ? other : NULL;
}

static double compared(const bench_bound *bound, double own, double other)
{
    if (bound->above)
        return own - other;
    return bound->peer != NULL || bound->against != NULL ? own / other : own;
}

static bool is_held(const bench_bound *bound, double own, double value)
{
    if (bound->enough != 0 && own <= bound->enough)
        return true;
    return bound->least ? value >= bound->limit : value <= bound->limit;
}

/* Such as "p50 at most 3 times futex, or 26". */
static void describe(char *text, size_t size, const bench_workload *workload,
                     const bench_bound *bound)
{
    const char *other = bound->against != NULL ? bound->against : bound->peer;
    int length = snprintf(text, size, "%s at %s %g%s%s", workload->columns[bound->column].name,
                          bound->least ? "least" : "most", bound->limit,
                          other == NULL  ? ""
                          : bound->above ? " above "
                                         : " times ",
                          other != NULL ? other : "");
    if (bound->enough != 0 && length > 0 && (size_t)length < size)
        snprintf(text + length, size - (size_t)length, ", or %g", bound->enough);
}

static void look_at_bound(const bench_workload *workload, const bench_bound *bound,
                          const table_row *par, const table_row *other, table_tally *tally)
{
    double own = figure(par, bound->column);
    double value = compared(bound, own, figure(other, bound->column));
    bool held = is_held(bound, own, value), few = cores(par) < ENOUGH || cores(other) < ENOUGH;
    char text[128];
    describe(text, sizeof(text), workload, bound);
    *(held ? &tally->held : &tally->broken) += 1;
    tally->doubtful += few;
    printf("  %s: %s%s", text, held ? "held" : "NOT held", few ? " (few cores)" : "");
    if (tally->csv != NULL)
        fprintf(tally->csv, "\"%s\",%s,%s,\"%s\",%.6g,%s,%s\n", bound->in, workload->name,
                peer_of(bound), text, value, held ? "held" : "NOT held", few ? "few" : "enough");
}

static void print_row(const bench_workload *workload, const bench_case *which, const table_row *row,
                      const table_figures *figures, table_tally *tally)
{
    const table_row *par = &figures->rows[0];
    for (int i = 0; i < BENCH_COLUMNS; i++) {
        if (has_column(workload, i))
            printf(" %*.*f", FIGURE_WIDTH, workload->columns[i].digits, figure(row, i));
    }
    printf(" %6.2f", cores(row));
    for (int i = 0; i < BENCH_COLUMNS; i++) {
        if (has_times(workload, i))
            print_ratio(par, row, i);
    }
    for (const bench_bound *bound = workload->bounds; bound->in != NULL; bound++) {
        const table_row *other = other_of(bound, figures);
        if (concerns(bound, which, row->peer) && has_figures(par) && other != NULL)
            look_at_bound(workload, bound, par, other, tally);
    }
    printf("\n");
}

/* Bounds of the case that could not be looked at. */
static unsigned count_open(const bench_workload *workload, const bench_case *which,
                           const table_figures *figures)
{
    unsigned open = 0;
    for (const bench_bound *bound = workload->bounds; bound->in != NULL; bound++) {
        if (strcmp(bound->in, which->name) != 0)
            continue;
        if (other_of(bound, figures) == NULL || !has_figures(&figures->rows[0]))
            open++;
    }
    return open;
}

void table_case(const bench_workload *workload, const bench_case *which,
                const table_figures *figures, table_tally *tally)
{
    const char *name = which->name;
    for (size_t i = 0; i < figures->n; i++) {
        const table_row *row = &figures->rows[i];
        if (row->cannot)
            continue;
        printf("  %-*s %-*s", CASE_WIDTH, name, PEER_WIDTH, row->peer);
        name = "";
        if (has_figures(row))
            print_row(workload, which, row, figures, tally);
        else
            printf(" FAILED\n");
    }
    tally->open += count_open(workload, which, figures);
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
