/* items.h - for tests: a batch whose items call a function of the test and are counted.
 *
 * What is counted is plain memory, so that ThreadSanitizer sees any order that is missing: an item
 * marks its own byte, `finished` and whoever waits read them all. */
#ifndef PAR_TESTS_ITEMS_H
#define PAR_TESTS_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sched/batch.h"
#include "../sched/os.h"

enum { ITEMS_LANES = 3 };
enum { ITEMS_NOT_YET, ITEMS_RAN, ITEMS_CANCELLED };

typedef struct items {
    par_batch batch;
    void (*body)(struct items *items, size_t index);
    void *context;
    unsigned finished; /* how often */
    par_lane lanes[ITEMS_LANES];
    unsigned char marks[];
} items;

/* Items that exist: 0 at the end, or some reference was lost. */
static _Atomic int64_t items_alive;

static inline void items_require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "items: %s\n", what);
    abort();
}

static inline void items_run(par_batch *batch, size_t index, int64_t *clock)
{
    items *self = par_container_of(batch, items, batch);
    items_require(index < batch->n, "an index that is not there");
    items_require(self->marks[index] == ITEMS_NOT_YET, "an item twice");
    self->marks[index] = ITEMS_RAN;
    if (self->body != NULL)
        self->body(self, index);
    *clock = par_now();
}

static inline void items_finished(par_batch *batch)
{
    items *self = par_container_of(batch, items, batch);
    items_require(self->finished++ == 0, "finished twice");
    for (size_t i = 0; i < batch->n; i++)
        items_require(self->marks[i] != ITEMS_NOT_YET, "finished with an item left");
}

static inline void items_destroy(par_batch *batch)
{
    items *self = par_container_of(batch, items, batch);
    items_require(self->finished == 1 || batch->n == 0, "destroyed, not finished");
    memset(self, 0xdd, sizeof(*self));
    free(self);
    par_sub_relaxed(&items_alive, 1);
}

static const par_batch_class items_class = {items_run, items_finished, NULL, items_destroy};

/* n items of which each calls `body` (or NULL); one reference, the caller's. */
static inline items *items_new(size_t n, uint32_t limit, par_batch *parent,
                               void (*body)(items *, size_t), void *context)
{
    items *self = malloc(sizeof(items) + n);
    items_require(self != NULL, "no memory");
    memset(self, 0, sizeof(items) + n);
    par_batch_init(&self->batch, &items_class, parent, n, limit);
    self->body = body;
    self->context = context;
    par_add_relaxed(&items_alive, 1);
    return self;
}

/* Lets threads take runs of items. Before the batch is submitted. */
static inline void items_use_lanes(items *self, uint32_t n_lanes, uint32_t run_length)
{
    items_require(n_lanes <= ITEMS_LANES, "more lanes than there are");
    par_batch_use_lanes(&self->batch, self->lanes, n_lanes, run_length);
}

static inline void items_drop(items *self)
{
    par_batch_unref(&self->batch);
}

static inline size_t items_cancel_span(items *self, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        items_require(self->marks[i] == ITEMS_NOT_YET, "cancelled what had begun");
        self->marks[i] = ITEMS_CANCELLED;
    }
    return end - first;
}

/* Cancels what has not begun, as far as it can be reached; how many those were. */
static inline size_t items_cancel(items *self)
{
    size_t count = items_cancel_span(self, par_batch_cancel(&self->batch), self->batch.n);
    for (uint32_t i = 0; i < self->batch.n_lanes; i++) {
        par_span span = par_batch_cancel_lane(&self->batch, i);
        count += items_cancel_span(self, span.first, span.end);
    }
    par_batch_complete(&self->batch, count);
    return count;
}

/* When it is done: how many items have that mark. */
static inline size_t items_count(const items *self, unsigned char mark)
{
    size_t count = 0;
    for (size_t i = 0; i < self->batch.n; i++)
        count += self->marks[i] == mark;
    return count;
}

#endif
