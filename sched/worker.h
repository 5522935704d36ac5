/* worker.h - the scheduler's own view of itself: threads, seats and what each may touch.
 * Internal to sched/; pool.h is the face.
 *
 * A *worker* is a thread of the pool with a deque of tickets. It runs tasks while it holds one of
 * the pool's *seats*, of which there are `target`, one for each CPU as a rule. A worker that is
 * about to block gives its seat up; a *spare* worker, which holds none, is woken or started to take
 * it over. Beside that, a batch that may have more threads than there are seats gets spares of its
 * own: they hold a seat of that batch, none of the pool, and work on nothing else.
 */
#ifndef PAR_SCHED_WORKER_H
#define PAR_SCHED_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "batch.h"
#include "deque.h"
#include "forks.h"
#include "idle.h"
#include "inject.h"
#include "os.h"
#include "pool.h"
#include "watch.h"

/* A worker's place in the pool: whether a thread stands behind it. */
typedef enum {
    PAR_LIFE_NONE, /* no thread: whoever starts one may take the place */
    PAR_LIFE_LIVE, /* a thread runs, or is being started */
    PAR_LIFE_LEFT  /* the pool stops: the thread is to be joined */
} par_life;

/* What a worker's seat is doing: docs/blocking.md. */
typedef enum {
    PAR_POST_AWAY,    /* it runs no task with a seat of the pool */
    PAR_POST_AT_WORK, /* it does */
    PAR_POST_TAKEN    /* it does, and sleeps in it: the monitor has taken the seat for another */
} par_post;

typedef struct par_worker {
    /* Its own thread's. */
    par_scheduler *scheduler;
    unsigned index;
    bool seated;           /* does it hold one of the pool's seats? */
    unsigned blocking;     /* open par_blocking_begin()s */
    bool blocked_seat;     /* was it seated when the outermost began? */
    uint32_t blocked_post; /* and its post then */
    unsigned helping;      /* depth of tasks run while waiting in a task */
    bool no_thief;         /* was there no memory for a deque when it would have stolen? */
    bool ahead;            /* is it counted as searching before it has begun to search? */
    bool relied_on;   /* may a notifier have left more tickets to it than it has taken since? */
    int64_t patience; /* nanoseconds it looks before it sleeps: par_worker_patience() */
    unsigned turn;    /* who comes first this time: injected, its own or the others' tickets? */
    uint32_t random;  /* whom it tries to steal from first */
    par_stack stack;
    pthread_t thread;

    /* Written by the thread that wakes it, before it rings. */
    _Alignas(PAR_CACHE_LINE) par_bell bell;
    /* a batch to work on, with a seat there and a reference; NULL: a seat of the pool */
    par_batch *errand;
    int64_t woken_at; /* when it was last woken to look for work; idle E1 */

    _Atomic uint32_t life; /* par_life */

    /* par_thread_number(): by its thread, before `post` is AT_WORK; of the next thread in this place it
     * may be when the monitor reads it, who then sees that one */
    _Atomic int number;
    /* par_post: from and to AWAY by its thread, between the others by it and the monitor, by CAS */
    _Atomic uint32_t post;
    int64_t sample; /* the monitor's: processor time it had used at the last look; -1: none */

    par_deque deque; /* of tickets: par_batch * */
} par_worker;

/* How the monitor sleeps, the soundest last. */
typedef enum {
    PAR_MONITOR_AWAKE,
    PAR_MONITOR_WAITS,    /* for the first item that may be stuck, or a ticket */
    PAR_MONITOR_IS_ASLEEP /* until there are tickets, or items to be watched */
} par_monitor_sleep;

/* The thread that notices blocked workers: monitor.h. */
typedef struct par_monitor {
    _Atomic uint32_t started;
    _Atomic uint32_t asleep; /* par_monitor_sleep */
    par_bell bell;
    pthread_t thread;
} par_monitor;

/* Where the ticket of a call stands that its caller runs alone: solo.c. */
typedef struct par_solo_slot {
    _Alignas(PAR_CACHE_LINE) _Atomic uintptr_t word; /* none, taken, or the call's par_batch * */
    _Atomic int64_t began; /* when it was put there; written before `word` */
} par_solo_slot;

enum { PAR_SOLO_SLOTS = 16 };

/* Whether there is a thread that looks after these calls. */
typedef enum { PAR_LOOKOUT_NONE, PAR_LOOKOUT_STARTING, PAR_LOOKOUT_READY } par_lookout;

typedef struct par_solo {
    _Atomic uint32_t lookout; /* par_lookout */
    _Atomic int64_t retry_at; /* when to start it, if that has failed */
    int timer;                /* for which it sleeps; set by whoever sets `alarm`, and by itself */
    pthread_t thread;
    /* is the lookout awake, or its timer set? */
    _Alignas(PAR_CACHE_LINE) _Atomic uint32_t alarm;
    par_solo_slot slots[PAR_SOLO_SLOTS];
} par_solo;

struct par_scheduler {
    /* Constant after the start. */
    _Atomic uint32_t target; /* seats; par_scheduler_resize() */
    _Atomic uint32_t extra;  /* seats beyond target, while workers only block; the monitor's */
    uint32_t max_threads;
    uint32_t fork_count; /* par_fork_count() of the process it lives in */
    int64_t spin;        /* nanoseconds */
    size_t stack_size;
    char name[12];
    void (*on_thread_start)(unsigned index, void *context);
    void *context;
    void (*on_stuck)(par_batch *batch, size_t index, int64_t lasted, void *context);
    int64_t stuck_after;
    void *stuck_context;
    size_t deque_capacity;
    par_worker *_Atomic *workers; /* max_threads; each NULL until first used, and then for good */

    _Alignas(PAR_CACHE_LINE) _Atomic uint32_t known; /* workers[known..] have never been used */
    /* taken; above target for a while after blocking */
    _Atomic uint32_t seats;
    _Atomic uint32_t stop;
    _Alignas(PAR_CACHE_LINE) _Atomic uint32_t searching; /* workers awake that look for work */
    _Alignas(PAR_CACHE_LINE) par_idle idle;              /* seated workers asleep */
    par_idle spares;                                     /* workers without a seat asleep */
    _Alignas(PAR_CACHE_LINE) _Atomic uint32_t alive;     /* threads that may still touch the pool */
    par_monitor monitor;
    par_watches watches; /* where there is on_stuck */
    par_solo solo;
    par_inject inject; /* tickets */
    par_inject wishes; /* batches to which no spare could be sent */
    par_forks forks;   /* fork-join work */
};

/* The worker that the calling thread is, of any pool; NULL for other threads. */
par_worker *par_worker_current(void);
void par_worker_set_current(par_worker *worker);

/* How many seats may be taken now. */
static inline uint32_t par_worker_quota(const par_scheduler *scheduler)
{
    return par_load_relaxed(&scheduler->target) + par_load_relaxed(&scheduler->extra);
}

/* So long a thread that sleeps takes at most to run, as a rule. */
#define PAR_WAKING INT64_C(100000)

/* How long to look for work the next time, when it was `idle` for so long: all of the pool's `spin`, if to look
 * has paid, or could have but for the waking of those that make the work; else half as long as before, and
 * below an eighth of `spin` not at all. */
static inline int64_t par_worker_patience(int64_t spin, int64_t patience, int64_t idle)
{
    if (idle < spin + PAR_WAKING)
        return spin;
    return patience / 2 < spin / 8 ? 0 : patience / 2;
}

/* Has the process forked, and is this the child, where the scheduler has no threads? */
static inline bool par_worker_is_orphan(const par_scheduler *scheduler)
{
    return scheduler->fork_count != par_fork_count();
}

/* Writes down which thread the worker is: the calling one. */
void par_worker_settle(par_worker *self);

/* The last act of a thread of the pool: after it the scheduler may be freed. */
void par_worker_depart(par_scheduler *scheduler);

/* A worker's whole life, given to par_os.start_thread; the argument is the par_worker. */
void *par_worker_main(void *argument);

/* Works on a batch in which the caller has a seat, for which it holds a reference; gives up both.
 * `nested`: deep in a task's stack, where it must not turn to other batches. `self` is NULL for
 * threads that are not workers. */
void par_worker_serve(par_scheduler *scheduler, par_worker *self, par_batch *batch, bool nested);

/* Works on a batch of which nobody knows: opened with a seat for the caller, and with its ticket (and a
 * reference) in the caller's hand if `others` could want it. `began` is now. The caller keeps its own
 * reference. False when nobody could be told of it later: then nothing has been done. Else *alone says
 * whether its items have ended and nobody has ever known of it. */
bool par_worker_serve_alone(par_scheduler *scheduler, par_worker *self, par_batch *batch,
                            bool others, int64_t began, bool *alone);

/* Gives up a seat in the batch and the reference for it. */
void par_worker_leave(par_scheduler *scheduler, par_worker *self, par_batch *batch);

/* With a ticket and its reference in hand: joins the batch if there is a seat, and works on it. */
void par_worker_serve_ticket(par_worker *self, par_batch *batch, bool nested);

#endif
