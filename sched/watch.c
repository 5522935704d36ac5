/* watch.c - a list of what each thread runs, under a mutex.
 *
 * Edges   M4 item  note: store release on began -> tell: load acquire    the item's index
 * Tests   test_stuck.c.
 */
#include "watch.h"

#include "os.h"

void par_watches_init(par_watches *watches)
{
    pthread_mutex_init(&watches->mutex, NULL);
    atomic_init(&watches->first, NULL);
}

void par_watches_destroy(par_watches *watches)
{
    pthread_mutex_destroy(&watches->mutex);
}

void par_watches_add(par_watches *watches, par_watch *watch, par_batch *batch)
{
    *watch = (par_watch){.batch = batch, .link = &watches->first};
    pthread_mutex_lock(&watches->mutex);
    par_watch *next = par_load_relaxed(&watches->first);
    par_store_relaxed(&watch->next, next);
    if (next != NULL)
        next->link = &watch->next;
    par_store_seq_cst(&watches->first, watch); /* monitor M1 */
    pthread_mutex_unlock(&watches->mutex);
}

void par_watches_remove(par_watches *watches, par_watch *watch)
{
    pthread_mutex_lock(&watches->mutex);
    par_watch *next = par_load_relaxed(&watch->next);
    par_store_relaxed(watch->link, next);
    if (next != NULL)
        next->link = watch->link;
    pthread_mutex_unlock(&watches->mutex);
}

void par_watch_note(par_watch *watch, size_t index, int64_t began)
{
    par_store_relaxed(&watch->index, index);
    par_store_release(&watch->began, began != 0 ? began : par_now()); /* M4 */
}

bool par_watches_any(const par_watches *watches)
{
    return par_load_seq_cst(&watches->first) != NULL; /* monitor M1 */
}

/* What is told of. */
typedef struct stuck {
    par_batch *batch; /* referenced */
    size_t index;
    int64_t lasted;
} stuck;

/* Finds an item that has run for too long and has not been told of; false when there is none, and
 * *due is when there may be. */
static bool find_stuck(par_watches *watches, int64_t after, stuck *found, int64_t *due)
{
    int64_t now = par_now();
    found->batch = NULL;
    pthread_mutex_lock(&watches->mutex);
    par_watch *watch = par_load_relaxed(&watches->first);
    *due = watch != NULL ? now + after : PAR_NEVER;
    for (; watch != NULL && found->batch == NULL; watch = par_load_relaxed(&watch->next)) {
        int64_t began = par_load_acquire(&watch->began); /* M4 */
        if (began == 0 || began == watch->told)
            continue;
        int64_t lasted = now - began;
        if (lasted >= after) {
            watch->told = began;
            *found = (stuck){watch->batch, (size_t)par_load_relaxed(&watch->index), lasted};
            par_batch_ref(found->batch);
        } else if (began + after < *due) {
            *due = began + after;
        }
    }
    pthread_mutex_unlock(&watches->mutex);
    return found->batch != NULL;
}

int64_t par_watches_tell(par_watches *watches, int64_t after,
                         void (*tell)(par_batch *batch, size_t index, int64_t lasted,
                                      void *context),
                         void *context)
{
    int64_t due;
    stuck found;
    while (find_stuck(watches, after, &found, &due)) {
        tell(found.batch, found.index, found.lasted, context);
        par_batch_unref(found.batch);
    }
    return due;
}
