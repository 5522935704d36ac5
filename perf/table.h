/* table.h - the figures of a case beside each other, and which bounds par keeps to. */
#ifndef PERF_TABLE_H
#define PERF_TABLE_H

#include <stdio.h>

#include "bench.h"

enum { MAX_ROUNDS = 64 };

/* What one peer reached in one case. */
typedef struct table_row {
    const char *in; /* the case */
    const char *peer;
    bool cannot; /* the peer has no way to do this: no row */
    bool wrong;  /* a measurement failed: no figures */
    bool slow;   /* takes so long that one round is enough */
    size_t rounds;
    double figures[BENCH_FIGURES][MAX_ROUNDS];
    double cores[MAX_ROUNDS];
} table_row;

typedef struct table_tally {
    FILE *csv; /* gets a line for each bound that is looked at; NULL: none */
    unsigned held, broken;
    unsigned open;     /* what it takes was not measured */
    unsigned doubtful; /* of those held or broken: measured on a busy machine */
} table_tally;

void table_heading(const bench_workload *workload);

/* What was measured of one case, and par's rows of the cases before it. */
typedef struct table_figures {
    const table_row *rows; /* par's is the first */
    size_t n;
    const table_row *before;
    size_t n_before;
} table_figures;

/* Prints the rows, and counts the bounds of this case. */
void table_case(const bench_workload *workload, const bench_case *which,
                const table_figures *figures, table_tally *tally);

void table_end(const table_tally *tally);

#endif
