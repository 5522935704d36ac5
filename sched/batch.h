/* batch.h - a batch: n items that threads claim one after the other, and the count of those ended.
 *
 * A batch is how a call looks to the scheduler. Threads that work on it take items from a cursor,
 * in order. The batch is made known to other threads by its one *ticket*, which stands in the
 * injection list or in a deque, or is in the hand of the thread that took it from there. Every
 * thread at work on it has a *seat*; there are `limit` of them.
 *
 * Whoever embeds a par_batch provides the class: what to do with an item, and what to do when the
 * last has ended. Memory is counted: every holder of a pointer (ticket, seat, embedder) has a
 * reference.
 */
#ifndef PAR_SCHED_BATCH_H
#define PAR_SCHED_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"
#include "base.h"
#include "inject.h"
#include "latch.h"

typedef struct par_batch par_batch;

/* A run of items that a thread has taken from the cursor at once, since threads that each take one
 * keep taking the cursor's cache line from each other. What it has not begun of them any other
 * thread may take, when the cursor has no more: no task waits behind a slow one. */
typedef struct par_lane {
    _Atomic uint64_t run; /* next << 32 | end */
    char apart[PAR_CACHE_LINE - sizeof(uint64_t)];
} par_lane;

typedef struct par_batch_class {
    /* Runs or skips one item, which the calling thread has claimed. *clock is when its last item
     * ended, 0 if this is its first, and is set to when this one has: where one ends the next
     * begins. */
    void (*run)(par_batch *batch, size_t index, int64_t *clock);
    /* Every item has ended. Called once, by the thread that ended the last, which then opens
     * batch->done, and after that calls `opened`. Each may be NULL. */
    void (*finished)(par_batch *batch);
    void (*opened)(par_batch *batch);
    /* The last reference is gone. */
    void (*destroy)(par_batch *batch);
} par_batch_class;

/* The limit of a batch that has none of its own. */
#define PAR_BATCH_UNLIMITED (UINT32_MAX >> 1)

struct par_batch {
    const par_batch_class *class;
    par_batch *parent;    /* of the task in which the call was made, referenced; or NULL */
    size_t n;             /* items */
    par_lane *lanes;      /* n_lanes; or NULL: items are taken one at a time */
    uint32_t n_lanes;     /* at most 32 */
    uint32_t run_length;  /* of the runs taken into lanes */
    uint32_t limit;       /* seats: 1 .. PAR_BATCH_UNLIMITED */
    par_inject_node node; /* the ticket's, when it stands in the injection list */
    par_inject_node wish; /* when it stands in the list of batches that want a spare: elastic.c */
    bool awaited;         /* does the thread that submitted it wait for it? */
    bool ended_alone;     /* is the ticket's reference its owner's? */

    char apart[PAR_CACHE_LINE - 2]; /* of what follows; not aligned, as malloc's memory is not */
    _Atomic uint64_t cursor;        /* items claimed; above n when exhausted */
    _Atomic uint32_t lanes_taken;   /* a bit each */
    _Atomic uint32_t crew;          /* seats taken << 1 | is there a ticket? */
    _Atomic uint32_t references;
    _Atomic uint64_t unfinished; /* items that have not ended */
    par_latch done;              /* opened when all have */
    _Atomic uint32_t wishes;     /* is `wish` in the list? */
    _Atomic uint32_t patient;    /* does a thread that waits see to the waking? pool.c P1 */
    /* nanoseconds that one thread may run it alone, as it seems cheap; 0 when it does not, or it has turned out
     * not to be: by its owner, then by who has the ticket */
    _Atomic uint32_t alone_for;
};

/* Makes a batch with one reference (the caller's), no seat taken and no ticket. `parent` gets
 * another reference. n may be 0: then `finished` and par_batch_let_go() are the caller's to call. */
void par_batch_init(par_batch *batch, const par_batch_class *class, par_batch *parent, size_t n,
                    uint32_t limit);

void par_batch_ref(par_batch *batch);
/* Gives up a reference; the last one destroys, and gives up the parent's in turn. */
void par_batch_unref(par_batch *batch);

/* Has any item been claimed? */
bool par_batch_has_begun(const par_batch *batch);

/* Has any thread a seat, or had one and claimed an item? */
bool par_batch_is_joined(const par_batch *batch);

/* Are there items that nobody has claimed? May be out of date at once. */
bool par_batch_has_items(const par_batch *batch);

/* Lets threads take runs of several items, into these lanes, which live as long as the batch.
 * Before any other thread knows the batch; n below 2^32. */
void par_batch_use_lanes(par_batch *batch, par_lane *lanes, uint32_t n_lanes, uint32_t run_length);

/* For a thread that has taken a seat: a lane of its own, or NULL when all are taken; and back. */
par_lane *par_batch_take_lane(par_batch *batch);
void par_batch_give_lane(par_batch *batch, par_lane *lane);

/* Claims the next item: its index, or batch->n when there is none left. For holders of a seat, with
 * their lane or NULL. *tell is set when there were no items for others and now there are: then the
 * ticket is the caller's, who must publish it. */
size_t par_batch_claim(par_batch *batch, par_lane *lane, bool *tell);

/* Claims all that is left, so that it never starts: items from the returned index up to n, and
 * those that par_batch_cancel_lane() returns for each lane, from first up to end. They are the
 * caller's now, who must count them by par_batch_complete(). A thread that has just taken a run
 * into its lane may still claim items of it. Any thread with a reference. */
typedef struct par_span {
    size_t first, end;
} par_span;
size_t par_batch_cancel(par_batch *batch);
par_span par_batch_cancel_lane(par_batch *batch, uint32_t lane);

/* Has every item been counted as ended? */
bool par_batch_is_complete(const par_batch *batch);

/* Counts `items` as ended; the one that counts the last calls `finished`, opens batch->done, and calls
 * `opened`. What the caller did before is visible to whoever finds batch->done open. */
void par_batch_complete(par_batch *batch, size_t items);

/* The same in two steps: true when the last has been counted and `finished` called. Then the caller
 * opens batch->done, and calls `opened`, by par_batch_let_go(). */
bool par_batch_count(par_batch *batch, size_t items);
void par_batch_let_go(par_batch *batch);

/* Of a batch that nobody but the caller has ever known of: before it is opened, gives the caller, who
 * owns the embedder, a reference for the ticket; and with the ticket in hand again, counts its last items
 * as ended. Seat and ticket are gone then, the reference is the owner's, and `finished`, which is not
 * called, is the caller's business. */
void par_batch_begin_alone(par_batch *batch);
void par_batch_end_alone(par_batch *batch, size_t items);

/* The owner gives up what it has: one reference, or two if the batch has ended alone. */
void par_batch_disown(par_batch *batch);

/* Is `batch` the ancestor itself, or a call that one of its tasks made and waits for, at any depth?
 * Then the ancestor cannot end before it. */
bool par_batch_descends(const par_batch *batch, const par_batch *ancestor);

/* With the ticket in hand: tries to take a seat. */
typedef enum {
    PAR_JOIN_LAST, /* seated; the ticket is gone: no item or no seat is left for others */
    PAR_JOIN_MORE, /* seated; the ticket is still the caller's, who must publish it again */
    PAR_JOIN_NONE  /* not seated, and the ticket is gone: the caller gives up its reference */
} par_join;
par_join par_batch_join(par_batch *batch);

/* Before any other thread knows the batch: takes a seat for the caller if it `helps`. True when
 * there is something left for others: then the ticket is the caller's, who must publish it. */
bool par_batch_open(par_batch *batch, bool helps);

/* Takes a seat without a ticket, for the caller or a thread that it is about to wake: true if one
 * was free. */
bool par_batch_sit(par_batch *batch);

/* Is there a ticket somewhere? May be out of date at once. */
bool par_batch_has_ticket(const par_batch *batch);

/* With the ticket in hand, of a batch that seems to have no items left: true when it is gone, and the
 * caller gives up its reference; false when there are items after all: the ticket is still the
 * caller's, who must publish it again. */
bool par_batch_drop_ticket(par_batch *batch);

/* Gives up a seat. True: items are left that no ticket tells of; the ticket is now the caller's,
 * who must publish it. */
bool par_batch_leave(par_batch *batch);

#endif
