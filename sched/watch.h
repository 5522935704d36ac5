/* watch.h - which items threads run and since when, for the one thread that tells of those that take
 * too long. */
#ifndef PAR_SCHED_WATCH_H
#define PAR_SCHED_WATCH_H

#include <pthread.h>
#include <stdbool.h>

#include "atomic.h"
#include "batch.h"

/* What a thread runs: on the stack of par_worker_serve(). */
typedef struct par_watch {
    par_batch *batch;       /* referenced by the thread's seat in it */
    _Atomic uint64_t index; /* of the item; written before `began` */
    _Atomic int64_t began;  /* when; 0: none yet */
    int64_t told;           /* the teller's: the last `began` that it has told of */
    struct par_watch *_Atomic next, *_Atomic *link;
} par_watch;

/* Of all threads that run items. */
typedef struct par_watches {
    pthread_mutex_t mutex;    /* guards the list */
    par_watch *_Atomic first; /* read without it: is there any? */
} par_watches;

void par_watches_init(par_watches *watches);
void par_watches_destroy(par_watches *watches);

/* The calling thread begins to run items of a batch in which it has a seat, and has ended. */
void par_watches_add(par_watches *watches, par_watch *watch, par_batch *batch);
void par_watches_remove(par_watches *watches, par_watch *watch);

/* It begins an item, at `began` or now when that is 0. */
void par_watch_note(par_watch *watch, size_t index, int64_t began);

/* Does any thread run items? */
bool par_watches_any(const par_watches *watches);

/* Tells of each item that has run for `after` nanoseconds, once; without holding the list, and with a
 * reference to its batch. When to look again: PAR_NEVER if nobody runs items. One thread at a
 * time. */
int64_t par_watches_tell(par_watches *watches, int64_t after,
                         void (*tell)(par_batch *batch, size_t index, int64_t lasted,
                                      void *context),
                         void *context);

#endif
