/* elastic.h - seats, spare workers, and waking: how the right number of threads comes to run. */
#ifndef PAR_SCHED_ELASTIC_H
#define PAR_SCHED_ELASTIC_H

#include <stdbool.h>

#include "worker.h"

/* Starts a thread in a free place: on `errand`, or seated when that is NULL (the seat already taken
 * for it). 0, EBUSY when max_threads run, or the errno of the failure. */
int par_elastic_start_thread(par_scheduler *scheduler, par_batch *errand);

/* Something has been made visible: sees to it that a worker comes, unless one is looking
 * already. */
void par_elastic_notify(par_scheduler *scheduler);
/* The same for what its owner gets to in any case: false when no worker is free to come, and then the
 * monitor is not alerted. */
bool par_elastic_invite(par_scheduler *scheduler);
/* Looks whether there is something to do, and notifies or invites if so: par_steal_any(). */
void par_elastic_look(par_scheduler *scheduler);

/* With a batch's ticket in hand, and its reference: publishes it, in the worker's deque or injected, and
 * notifies; or lets it go when there are no items left. */
void par_elastic_publish_or_drop(par_scheduler *scheduler, par_worker *self, par_batch *batch);

/* Wakes a worker that sleeps with a seat; false when there is none. It is counted as searching from here
 * on, so that the next notifier need not wake another. */
bool par_elastic_wake_one(par_scheduler *scheduler);

/* Wakes all that sleep with a seat. */
void par_elastic_wake_idle(par_scheduler *scheduler);
/* Sends spares to all seats that are free, tickets or not: true when none is left. */
bool par_elastic_start_missing(par_scheduler *scheduler);
/* Wakes every thread that sleeps, each with a seat, above target if need be: the pool stops. */
void par_elastic_wake_all(par_scheduler *scheduler);

/* If the batch may have more threads than the pool has seats: sends up to so many spares to it. The
 * submitter sends one, which is soon done, and every thread that joins sends two, so that many come
 * quickly. */
void par_elastic_widen(par_scheduler *scheduler, par_batch *batch, unsigned spares);

/* Lets go of batches that wanted a spare and have no items left. */
void par_elastic_forget_wishes(par_scheduler *scheduler);

/* Sends a spare to work on the batch with a seat there and a reference that the caller has: both are
 * the spare's if there is one, 0. Else as par_elastic_start_thread(). */
int par_elastic_send_spare(par_scheduler *scheduler, par_batch *batch);

/* Takes a seat if one is free. */
bool par_elastic_sit(par_scheduler *scheduler);
/* More seats are taken than target and so many more: gives up the caller's, true, or false when it
 * need not. */
bool par_elastic_step_down(par_scheduler *scheduler, uint32_t extra);

/* A worker with a seat begins to run tasks, and has ended; the first is true for the outermost of
 * several, who alone calls the second. */
bool par_elastic_begin_work(par_worker *self);
void par_elastic_end_work(par_worker *self);

/* Between two tasks: has the monitor taken the worker's seat? Then it takes one again, even if none
 * is free. */
void par_elastic_come_back(par_worker *self);

/* For the monitor. The worker sleeps in a task: its seat is free for another; false when it has ended
 * that work. It runs again in the same task: the seat is taken again. */
bool par_elastic_take_seat(par_worker *worker);
void par_elastic_return_seat(par_worker *worker);

/* For the monitor: while there are tickets, sends spares to the seats that are free. True when one was
 * sent. */
bool par_elastic_fill_seats(par_scheduler *scheduler);

/* The worker is about to block, or has come back. Calls nest. Between them a spare may have its
 * seat. */
void par_elastic_blocking_begin(par_worker *self);
void par_elastic_blocking_end(par_worker *self);

/* Sleeps as a spare until it gets a seat or an errand, or the thread shall end. */
typedef enum {
    PAR_PARK_WOKEN,
    PAR_PARK_STOPPED, /* the pool stops */
    PAR_PARK_RETIRED  /* nothing came for a second: *self may be another thread's already */
} par_park;
par_park par_elastic_park(par_worker *self);

#endif
