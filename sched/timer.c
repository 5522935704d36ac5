/* timer.c - other threads hand timers in; the timer thread alone keeps them, in a skew heap.
 *
 * State   par_timer.state  SET -> FIRED by the timer thread, or SET -> CANCELLED by who cancels:
 *                          one CAS decides. Only a cancelled timer is in the `cancelled` list, and
 *                          it is over when it comes out of that.
 * Edges   T1 set     set: push (inject I1), fence, load sleeps_until | sleep: store sleeps_until,
 *                    fence, look at the list: either the setter rings or the thread sees the timer.
 *                    A timer later than sleeps_until can wait in the list until then.
 *         T2 cancel  push (inject I1), ring (idle E1): the thread lets the timer go at once
 * Memory  The heap is made of the timers themselves ("Self-Adjusting Heaps", Sleator and Tarjan
 *         1986), with parents, so that one can be taken out of its middle.
 * Tests   test_timer.c.
 */
#include "timer.h"

#include "os.h"

enum { STATE_SET, STATE_FIRED, STATE_CANCELLED };

void par_timers_init(par_timers *timers)
{
    *timers = (par_timers){.earliest = NULL};
    atomic_init(&timers->started, false);
    pthread_mutex_init(&timers->starting, NULL);
    par_inject_init(&timers->set);
    par_inject_init(&timers->cancelled);
    par_bell_init(&timers->bell);
    atomic_init(&timers->sleeps_until, INT64_MIN);
}

/* Merges two heaps and returns the root, whose parent the caller sets. */
static par_timer *merge(par_timer *a, par_timer *b)
{
    par_timer *root = NULL, *parent = NULL, **link = &root;
    while (a != NULL && b != NULL) {
        if (b->at < a->at) {
            par_timer *swap = a;
            a = b;
            b = swap;
        }
        *link = a;
        a->parent = parent;
        parent = a;
        par_timer *right = a->right;
        a->right = a->left;
        link = &a->left;
        a = right;
    }
    *link = a != NULL ? a : b;
    if (*link != NULL)
        (*link)->parent = parent;
    return root;
}

static void heap_insert(par_timers *timers, par_timer *timer)
{
    timer->left = timer->right = NULL;
    timer->heaped = true;
    timers->earliest = merge(timers->earliest, timer);
    timers->earliest->parent = NULL;
}

static void heap_remove(par_timers *timers, par_timer *timer)
{
    par_timer *parent = timer->parent;
    par_timer *below = merge(timer->left, timer->right);
    if (below != NULL)
        below->parent = parent;
    if (parent == NULL)
        timers->earliest = below;
    else if (parent->left == timer)
        parent->left = below;
    else
        parent->right = below;
    timer->heaped = false;
}

static void take_in(par_timers *timers)
{
    par_inject_node *node = par_inject_take(&timers->set);
    while (node != NULL) {
        par_inject_node *next = par_inject_next(node);
        heap_insert(timers, par_container_of(node, par_timer, set));
        node = next;
    }
}

static void end_cancelled(par_timers *timers)
{
    par_inject_node *node = par_inject_take(&timers->cancelled);
    /* a timer is set before it is cancelled: it is in the heap now, or has left it */
    take_in(timers);
    while (node != NULL) {
        par_inject_node *next = par_inject_next(node);
        par_timer *timer = par_container_of(node, par_timer, cancel);
        if (timer->heaped)
            heap_remove(timers, timer);
        timer->over(timer, false);
        node = next;
    }
}

static void fire_due(par_timers *timers, int64_t now)
{
    while (timers->earliest != NULL && timers->earliest->at <= now) {
        par_timer *timer = timers->earliest;
        heap_remove(timers, timer);
        uint32_t state = STATE_SET;
        if (par_cas_acq_rel(&timer->state, &state, STATE_FIRED))
            timer->over(timer, true);
    }
}

static void *run(void *argument)
{
    par_timers *timers = argument;
    pthread_setname_np(pthread_self(), "par/timer");
    while (par_load_acquire(&timers->stop) == 0) {
        uint32_t key = par_bell_key(&timers->bell);
        end_cancelled(timers);
        fire_due(timers, par_now());
        int64_t until = timers->earliest != NULL ? timers->earliest->at : PAR_NEVER;
        par_store_seq_cst(&timers->sleeps_until, until); /* T1 */
        par_fence_seq_cst();
        if (par_inject_empty(&timers->set) && par_load_seq_cst(&timers->stop) == 0)
            par_bell_wait(&timers->bell, key, until);
        par_store_seq_cst(&timers->sleeps_until, INT64_MIN);
    }
    end_cancelled(timers);
    while (timers->earliest != NULL) {
        par_timer *timer = timers->earliest;
        heap_remove(timers, timer);
        timer->over(timer, false);
    }
    return NULL;
}

static int start(par_timers *timers)
{
    if (par_load_acquire(&timers->started))
        return 0;
    int rc = 0;
    pthread_mutex_lock(&timers->starting);
    if (!par_load_relaxed(&timers->started))
        rc = par_os_table.start_thread(&timers->thread, 0, run, timers);
    if (rc == 0)
        par_store_release(&timers->started, true);
    pthread_mutex_unlock(&timers->starting);
    return rc;
}

int par_timers_set(par_timers *timers, par_timer *timer)
{
    int rc = start(timers);
    if (rc != 0)
        return rc;
    atomic_init(&timer->state, STATE_SET);
    int64_t at = timer->at; /* once handed in, the timer may be over at any moment */
    par_inject_push(&timers->set, &timer->set);
    par_fence_seq_cst(); /* T1 */
    if (at < par_load_seq_cst(&timers->sleeps_until))
        par_bell_ring(&timers->bell);
    return 0;
}

void par_timers_cancel(par_timers *timers, par_timer *timer)
{
    uint32_t state = STATE_SET;
    if (!par_cas_acq_rel(&timer->state, &state, STATE_CANCELLED))
        return;
    par_inject_push(&timers->cancelled, &timer->cancel); /* T2 */
    par_bell_ring(&timers->bell);
}

void par_timers_stop(par_timers *timers)
{
    if (par_load_acquire(&timers->started)) {
        par_store_seq_cst(&timers->stop, 1);
        par_bell_ring(&timers->bell);
        pthread_join(timers->thread, NULL);
    }
    pthread_mutex_destroy(&timers->starting);
}
