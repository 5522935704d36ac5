/* timer.h - instants at which something is to be done though no thread waits for them: a thread of
 * its own, started when the first is set, that sleeps until the earliest. */
#ifndef PAR_SCHED_TIMER_H
#define PAR_SCHED_TIMER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "atomic.h"
#include "idle.h"
#include "inject.h"

typedef struct par_timer par_timer;

/* Embedded in what it belongs to, which must live until `over` has been called. */
struct par_timer {
    int64_t at; /* nanoseconds of CLOCK_MONOTONIC */
    /* Called once, by the timer thread, after which the timer is not touched again: at its time, or
     * when it has been cancelled before (soon after). */
    void (*over)(par_timer *timer, bool expired);

    /* The timers' own. */
    par_inject_node set, cancel;
    par_timer *parent, *left, *right;
    bool heaped;
    _Atomic uint32_t state;
};

typedef struct par_timers {
    pthread_mutex_t starting; /* guards the start of the thread, nothing else */
    _Atomic bool started;
    pthread_t thread;
    par_timer *earliest; /* root of a skew heap; the thread's own */
    par_inject set, cancelled;
    par_bell bell;
    _Atomic int64_t sleeps_until; /* INT64_MIN while it is awake */
    _Atomic uint32_t stop;
} par_timers;

void par_timers_init(par_timers *timers);

/* Sets the timer, whose `at` and `over` are given. 0, or the errno for which the thread could not
 * be started: then the timer is not set. Any thread. */
int par_timers_set(par_timers *timers, par_timer *timer);

/* Takes a timer back that was set; without effect when it has expired, or was taken back. Any
 * thread. */
void par_timers_cancel(par_timers *timers, par_timer *timer);

/* Ends the thread; timers still set are over, not expired. When nobody sets or cancels any more. */
void par_timers_stop(par_timers *timers);

#endif
