/* monitor.h - the thread that notices workers that block without saying so.
 *
 * It is needed while tickets wait and every seat is taken, and only then is it awake. A worker that
 * sleeps in the kernel in the middle of a task, over two looks and without having used its processor
 * between them, loses its seat to a spare: elastic.h. One that only waits for a processor is not asleep.
 * docs/blocking.md has the states, and why nothing is missed. */
#ifndef PAR_SCHED_MONITOR_H
#define PAR_SCHED_MONITOR_H

#include "worker.h"

/* Tickets wait, and neither a worker nor a spare could be woken for them: lets the monitor look, which
 * is started when it is first needed. After a seq_cst fence. Any thread; does not wait. */
void par_monitor_alert(par_scheduler *scheduler);

/* Where the pool has on_stuck: par_watches_add(), and the monitor looks. */
void par_monitor_watch(par_scheduler *scheduler, par_watch *watch, par_batch *batch);

/* The pool stops: wakes the monitor, which ends as the other threads do, and then joins it. */
void par_monitor_wake(par_scheduler *scheduler);
void par_monitor_join(par_scheduler *scheduler);

#endif
