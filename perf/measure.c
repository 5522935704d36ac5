/* measure.c - the main() of every measuring program.
 *
 * Usage: measure_PEER WORKLOAD CASE SECONDS
 * Prints the figures, separated by blanks. Ends with 0, with 77 when this peer can't do that, with
 * 1 and a reason on stderr when something was wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

enum { CANNOT = 77, HANGS_AFTER = 60 };

int main(int argc, char **argv)
{
    if (argc != 4)
        bench_die("usage: %s WORKLOAD CASE SECONDS", argv[0]);
    const bench_workload *workload = bench_find_workload(argv[1]);
    const bench_case *which = workload != NULL ? bench_find_case(workload, argv[2]) : NULL;
    if (which == NULL)
        bench_die("there is no workload %s, or no case %s in it", argv[1], argv[2]);
    double seconds = strtod(argv[3], NULL);
    alarm(HANGS_AFTER + (unsigned)(2 * seconds));
    double figures[BENCH_FIGURES] = {0};
    if (!workload->measure(&bench_this_peer, which, seconds, figures))
        return CANNOT;
    for (int i = 0; i < BENCH_FIGURES; i++) {
        if (bench_has_figure(workload, i))
            printf("%.6g ", figures[i]);
    }
    fflush(stdout);
    _exit(0); /* how long a pool takes to end is not the question */
}
