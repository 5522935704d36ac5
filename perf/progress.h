/* progress.h - a line on stderr, where that is a terminal: how far it is, how long it takes. */
#ifndef PERF_PROGRESS_H
#define PERF_PROGRESS_H

typedef struct progress {
    double total, done; /* seconds as estimated */
    double began;       /* by the clock */
    int shown;
} progress;

void progress_begin(progress *p, double seconds);

/* What is begun now. */
__attribute__((format(printf, 2, 3))) void progress_show(progress *p, const char *format, ...);

/* So much of the total is over, or not needed after all. */
void progress_done(progress *p, double seconds);
void progress_drop(progress *p, double seconds);

/* Takes the line away, for other output. */
void progress_clear(progress *p);

#endif
