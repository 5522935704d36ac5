/* test_steal.c - where tickets go and come from, on a pool whose threads stand still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "items.h"
#include "still_pool.h"

enum { MOST = 64 };
static par_scheduler *scheduler;
static items *calls[MOST];

static int start(void **state)
{
    (void)state;
    par_store_relaxed(&items_alive, 0);
    scheduler = still_start(3, 4, 4);
    for (int i = 0; i < MOST; i++)
        calls[i] = items_new(2, 2, NULL, NULL, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    still_stop(scheduler);
    for (int i = 0; i < MOST; i++) {
        items_cancel(calls[i]);
        items_drop(calls[i]);
    }
    return par_load_relaxed(&items_alive) != 0;
}

/* Puts the ticket of calls[i]: for worker `who`, or from outside if that is negative. */
static void put(int who, int i)
{
    par_batch_ref(&calls[i]->batch);
    par_steal_put(scheduler, who < 0 ? NULL : still_worker(scheduler, (unsigned)who),
                  &calls[i]->batch);
}

/* Which ticket worker `who` gets next; -1 for none. */
static int get(unsigned who)
{
    par_batch *batch = par_steal_get(still_worker(scheduler, who));
    if (batch == NULL)
        return -1;
    par_batch_unref(batch);
    for (int i = 0; i < MOST; i++) {
        if (batch == &calls[i]->batch)
            return i;
    }
    fail();
    return -2;
}

static void test_nothing(void **state)
{
    (void)state;
    assert_false(par_steal_any(scheduler));
    for (unsigned who = 0; who < 3; who++) {
        assert_int_equal(get(who), -1);
        assert_false(par_steal_others_wait(still_worker(scheduler, who)));
    }
}

/* Wherever a ticket stands, everybody sees that there is one, and everybody can get it. */
static void test_every_place_is_looked_at(void **state)
{
    (void)state;
    for (int from = -1; from < 3; from++) {
        for (unsigned to = 0; to < 3; to++) {
            assert_false(par_steal_any(scheduler));
            put(from, 5);
            assert_true(par_steal_any(scheduler));
            assert_int_equal(get(to), 5);
            assert_int_equal(get(to), -1);
        }
    }
}

/* A worker started later (a spare) is looked at as well. */
static void test_new_workers_become_known(void **state)
{
    (void)state;
    assert_int_equal(par_elastic_start_thread(scheduler, NULL), 0);
    put(3, 1);
    assert_true(par_steal_any(scheduler));
    assert_int_equal(get(0), 1);
    put(0, 2);
    assert_int_equal(get(3), 2);
}

/* Own tickets come oldest first, and so do those from outside, however many stand in between. */
static void test_oldest_first(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        put(1, i);
    for (int i = 0; i < 4; i++)
        assert_int_equal(get(1), i);
    for (int i = 0; i < 5; i++)
        put(-1, i);
    for (int i = 0; i < 5; i++)
        assert_int_equal(get(1), i);
}

/* With a deque of 4: what does not fit goes to the injection list, and nothing is lost. */
static void test_full_deque_overflows(void **state)
{
    unsigned char seen[MOST] = {0};
    (void)state;
    for (int i = 0; i < 20; i++)
        put(0, i);
    assert_false(par_inject_empty(&scheduler->inject));
    for (int i = 20; i < MOST; i++)
        put(-1, i);
    for (int i = 0; i < MOST; i++) {
        int got = get((unsigned)i % 3);
        assert_in_range(got, 0, MOST - 1);
        assert_int_equal(seen[got]++, 0);
    }
    assert_false(par_steal_any(scheduler));
    assert_int_equal(get(0), -1);
}

/* Own and injected tickets take turns, so that neither waits for the other to run dry. */
static void test_turns(void **state)
{
    (void)state;
    int own = 0, injected = 0;
    for (int round = 0; round < 200; round++) {
        if (par_deque_empty(&still_worker(scheduler, 0)->deque))
            put(0, 1); /* as a worker does that never stops making calls */
        if (par_inject_empty(&scheduler->inject))
            put(-1, 2);
        switch (get(0)) {
        case 1:
            own++;
            break;
        case 2:
            injected++;
            break;
        default:
            fail();
        }
    }
    assert_true(own >= 50);
    assert_true(injected >= 50);
}

static void test_others_wait(void **state)
{
    (void)state;
    par_worker *self = still_worker(scheduler, 1);
    put(0, 1);
    assert_false(par_steal_others_wait(self)); /* another worker's turn */
    assert_int_equal(get(0), 1);
    put(1, 1);
    assert_true(par_steal_others_wait(self));
    assert_int_equal(get(1), 1);
    put(-1, 1);
    assert_true(par_steal_others_wait(self));
}

/* Children of `ancestor` are found in other workers' deques; what is in the way is kept. */
static void test_descendants(void **state)
{
    (void)state;
    par_worker *self = still_worker(scheduler, 0);
    items *child = items_new(2, 2, &calls[0]->batch, NULL, NULL);
    items *grandchild = items_new(2, 2, &child->batch, NULL, NULL);
    items *aside = items_new(2, 2, &child->batch, NULL, NULL); /* nobody waits for it */
    child->batch.awaited = grandchild->batch.awaited = true;
    unsigned moved = 0;
    assert_null(par_steal_descendant(self, &calls[0]->batch, &moved));
    put(1, 1);
    par_batch_ref(&grandchild->batch);
    par_steal_put(scheduler, still_worker(scheduler, 2), &grandchild->batch);
    par_batch *found = par_steal_descendant(self, &calls[0]->batch, &moved);
    assert_ptr_equal(found, &grandchild->batch);
    assert_int_equal(moved, 1);
    par_batch_unref(found);
    assert_null(par_steal_descendant(self, &calls[0]->batch, &moved));
    assert_int_equal(get(2), 1); /* not lost on the way */
    par_batch_ref(&aside->batch);
    par_steal_put(scheduler, still_worker(scheduler, 2), &aside->batch);
    assert_null(par_steal_descendant(self, &calls[0]->batch, &moved));
    items *made[] = {child, grandchild, aside};
    for (int i = 0; i < 3; i++) {
        items_cancel(made[i]);
        items_drop(made[i]);
    }
    par_batch_unref(par_steal_get(self)); /* `aside` */
}

#define ON_POOL(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_POOL(test_nothing),
        ON_POOL(test_every_place_is_looked_at),
        ON_POOL(test_new_workers_become_known),
        ON_POOL(test_oldest_first),
        ON_POOL(test_full_deque_overflows),
        ON_POOL(test_turns),
        ON_POOL(test_others_wait),
        ON_POOL(test_descendants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
