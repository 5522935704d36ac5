/* test_batch.c - claims, cancellation, seats and the ticket of one batch, step by step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "items.h"

static int none_left_behind(void **state)
{
    (void)state;
    return par_load_relaxed(&items_alive) != 0;
}

static void run_one(items *made, size_t index)
{
    int64_t clock = 0;
    made->batch.class->run(&made->batch, index, &clock);
}

/* Ends what has not ended, so that the batch can be dropped. */
static void end(items *made)
{
    items_cancel(made);
    assert_int_equal(made->finished, 1);
    assert_true(par_latch_is_open(&made->batch.done));
    items_drop(made);
}

static void test_claims_are_in_order(void **state)
{
    (void)state;
    items *made = items_new(100, 5, NULL, NULL, NULL);
    for (size_t i = 0; i < 100; i++) {
        assert_true(par_batch_has_items(&made->batch));
        assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), i);
        run_one(made, i);
        assert_int_equal(made->finished, 0);
        if (i % 3 == 2)
            par_batch_complete(&made->batch, 3);
    }
    assert_false(par_batch_has_items(&made->batch));
    for (int i = 0; i < 1000; i++)
        assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), 100);
    par_batch_complete(&made->batch, 0);
    assert_int_equal(made->finished, 0);
    assert_false(par_latch_is_open(&made->batch.done));
    par_batch_complete(&made->batch, 1);
    assert_int_equal(made->finished, 1);
    assert_true(par_latch_is_open(&made->batch.done));
    assert_int_equal(items_cancel(made), 0);
    items_drop(made);
}

/* A batch of none is never finished by the scheduler. */
static void test_no_items(void **state)
{
    (void)state;
    items *made = items_new(0, 1, NULL, NULL, NULL);
    assert_false(par_batch_has_items(&made->batch));
    assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), 0);
    assert_int_equal(par_batch_cancel(&made->batch), 0);
    par_batch_complete(&made->batch, 0);
    assert_false(par_batch_open(&made->batch, false));
    assert_int_equal(made->finished, 0);
    items_drop(made);
}

static void test_cancel(void **state)
{
    (void)state;
    for (size_t claimed = 0; claimed <= 5; claimed++) {
        items *made = items_new(5, 5, NULL, NULL, NULL);
        for (size_t i = 0; i < claimed; i++)
            assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), i);
        assert_int_equal(par_batch_cancel(&made->batch), claimed);
        assert_false(par_batch_has_items(&made->batch));
        assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), 5);
        assert_int_equal(par_batch_cancel(&made->batch), 5);
        for (size_t i = 0; i < 5; i++)
            run_one(made, i);
        if (claimed < 5)
            par_batch_complete(&made->batch, 5 - claimed);
        assert_int_equal(made->finished, claimed == 0);
        par_batch_complete(&made->batch, claimed);
        assert_int_equal(made->finished, 1);
        items_drop(made);
    }
}

/* A cancellation after claims that came too late, when the cursor stands beyond n. */
static void test_cancel_when_exhausted(void **state)
{
    (void)state;
    items *made = items_new(1, 4, NULL, NULL, NULL);
    par_store_relaxed(&made->batch.cursor, 4); /* as three late claimers leave it */
    assert_int_equal(par_batch_cancel(&made->batch), 1);
    assert_int_equal(par_batch_claim(&made->batch, NULL, NULL), 1);
    run_one(made, 0);
    par_batch_complete(&made->batch, 1);
    items_drop(made);
}

static void test_references(void **state)
{
    (void)state;
    int64_t before = par_load_relaxed(&items_alive);
    items *made = items_new(1, 1, NULL, NULL, NULL);
    for (int i = 0; i < 10; i++)
        par_batch_ref(&made->batch);
    items_cancel(made);
    for (int i = 0; i < 10; i++)
        par_batch_unref(&made->batch);
    assert_int_equal(par_load_relaxed(&items_alive), before + 1);
    par_batch_unref(&made->batch);
    assert_int_equal(par_load_relaxed(&items_alive), before);
    par_batch_unref(NULL);
}

/* A child keeps its parent; the last of a long line frees them all, without recursion. */
static void test_parents(void **state)
{
    enum { DEPTH = 200000 };
    (void)state;
    items *first = items_new(0, 1, NULL, NULL, NULL), *last = first;
    for (int i = 0; i < DEPTH; i++) {
        items *child = items_new(0, 1, &last->batch, NULL, NULL);
        child->batch.awaited = true;
        assert_ptr_equal(child->batch.parent, &last->batch);
        items_drop(last);
        last = child;
    }
    assert_int_equal(par_load_relaxed(&items_alive), DEPTH + 1);
    assert_true(par_batch_descends(&last->batch, &first->batch));
    assert_false(par_batch_descends(&first->batch, &last->batch));
    assert_true(par_batch_descends(&last->batch, &last->batch));
    items *other = items_new(0, 1, NULL, NULL, NULL);
    assert_false(par_batch_descends(&last->batch, &other->batch));
    items_drop(other);
    /* What nobody waits for does not belong to the task that made the call. */
    last->batch.parent->awaited = false;
    assert_true(par_batch_descends(&last->batch, last->batch.parent));
    assert_false(par_batch_descends(&last->batch, &first->batch));
    items_drop(last);
    assert_int_equal(par_load_relaxed(&items_alive), 0);
}

/* par_batch_open(): a ticket only when there is something for others to do, and a seat. */
static void test_open(void **state)
{
    static const struct {
        size_t n;
        uint32_t limit;
        bool helps, ticket;
    } cases[] = {
        {0, 1, false, false}, {1, 1, false, true}, {1, 1, true, false},
        {1, 9, true, false},  {2, 1, true, false}, {2, 1, false, true},
        {2, 2, true, true},   {9, 2, true, true},  {9, PAR_BATCH_UNLIMITED, true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        items *made = items_new(cases[i].n, cases[i].limit, NULL, NULL, NULL);
        assert_int_equal(par_batch_open(&made->batch, cases[i].helps), cases[i].ticket);
        assert_int_equal(par_batch_has_ticket(&made->batch), cases[i].ticket);
        if (cases[i].n == 0)
            items_drop(made);
        else
            end(made);
    }
}

static void test_join_up_to_the_limit(void **state)
{
    (void)state;
    items *made = items_new(100, 3, NULL, NULL, NULL);
    par_batch *batch = &made->batch;
    assert_true(par_batch_open(batch, false));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_MORE);
    assert_true(par_batch_has_ticket(batch));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_MORE);
    assert_int_equal(par_batch_join(batch), PAR_JOIN_LAST);
    assert_false(par_batch_has_ticket(batch));
    assert_false(par_batch_sit(batch));
    /* One leaves and takes the ticket up; the next sees it taken. */
    assert_true(par_batch_leave(batch));
    assert_true(par_batch_has_ticket(batch));
    assert_false(par_batch_leave(batch));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_MORE);
    end(made);
}

/* The ticket comes to a full batch, which drops it, and who leaves takes it up. */
static void test_ticket_dropped_and_taken_up(void **state)
{
    (void)state;
    items *made = items_new(100, 2, NULL, NULL, NULL);
    par_batch *batch = &made->batch;
    assert_true(par_batch_open(batch, true));
    assert_true(par_batch_sit(batch));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_NONE);
    assert_false(par_batch_has_ticket(batch));
    assert_true(par_batch_leave(batch));
    assert_true(par_batch_has_ticket(batch));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_LAST);
    assert_true(par_batch_leave(batch));
    assert_false(par_batch_leave(batch));
    end(made);
}

static size_t claim(items *made, par_lane *lane, bool expect_ticket)
{
    bool tell = false;
    size_t index = par_batch_claim(&made->batch, lane, &tell);
    assert_int_equal(tell, expect_ticket);
    if (index != made->batch.n)
        run_one(made, index);
    return index;
}

/* A thread with a lane takes a run; another takes from its lane when the cursor has no more. */
static void test_lanes(void **state)
{
    (void)state;
    items *made = items_new(10, 3, NULL, NULL, NULL);
    items_use_lanes(made, 2, 4);
    par_batch_open(&made->batch, true);
    par_lane *first = par_batch_take_lane(&made->batch),
             *second = par_batch_take_lane(&made->batch);
    assert_ptr_equal(first, &made->lanes[0]);
    assert_ptr_equal(second, &made->lanes[1]);
    assert_null(par_batch_take_lane(&made->batch));
    assert_int_equal(claim(made, first, false), 0);  /* takes 0..3 */
    assert_int_equal(claim(made, second, false), 4); /* takes 4..7 */
    assert_int_equal(claim(made, NULL, false), 8);
    assert_int_equal(claim(made, second, false), 5);
    assert_int_equal(claim(made, NULL, false), 9);
    assert_true(par_batch_has_items(&made->batch));
    assert_int_equal(claim(made, NULL, false), 1); /* out of the first lane */
    assert_int_equal(claim(made, first, false), 2);
    assert_int_equal(claim(made, second, false), 6);
    par_batch_give_lane(&made->batch, second); /* with an item left: nobody else gets it to fill */
    assert_null(par_batch_take_lane(&made->batch));
    assert_int_equal(claim(made, first, false), 3);
    par_batch_give_lane(&made->batch, first);
    assert_ptr_equal(par_batch_take_lane(&made->batch), first);
    assert_int_equal(claim(made, first, false), 7);
    assert_int_equal(claim(made, first, false), 10);
    assert_false(par_batch_has_items(&made->batch));
    par_batch_give_lane(&made->batch, NULL);
    assert_false(par_batch_is_complete(&made->batch));
    par_batch_complete(&made->batch, 10);
    assert_true(par_batch_is_complete(&made->batch));
    items_drop(made);
}

/* Nothing was left for others, and now a run is: the ticket is the claimer's to publish, if there
 * is none and a seat is free. B5 */
static void test_run_brings_a_ticket(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        items *made = items_new(8, how == 0 ? 1 : 2, NULL, NULL, NULL);
        items_use_lanes(made, 2, 4);
        par_store_relaxed(&made->batch.crew, how == 2 ? 3 : 2); /* one seat; and a ticket */
        par_lane *lane = par_batch_take_lane(&made->batch);
        assert_int_equal(claim(made, lane, how == 1), 0);
        assert_int_equal(par_batch_has_ticket(&made->batch), how != 0);
        par_batch_complete(&made->batch, 1);
        end(made);
    }
}

/* A ticket in hand that seems to tell of nothing is gone, so that a run put into a lane afterwards
 * brings one; or there are items after all, and it stays in hand. B5 */
static void test_drop_ticket(void **state)
{
    (void)state;
    items *made = items_new(8, 3, NULL, NULL, NULL);
    items_use_lanes(made, 2, 8);
    assert_true(par_batch_open(&made->batch, true));
    assert_false(par_batch_drop_ticket(&made->batch));
    assert_true(par_batch_has_ticket(&made->batch));
    par_add_relaxed(&made->batch.cursor, 8); /* another claimer, about to fill its lane */
    assert_true(par_batch_drop_ticket(&made->batch));
    assert_false(par_batch_has_ticket(&made->batch));
    par_store_relaxed(&made->batch.cursor, 0);
    par_lane *lane = par_batch_take_lane(&made->batch);
    assert_int_equal(claim(made, lane, true), 0);
    assert_true(par_batch_has_ticket(&made->batch));
    par_batch_complete(&made->batch, 1);
    end(made);
}

/* A cancellation takes what is in the lanes, too. */
static void test_cancel_lanes(void **state)
{
    (void)state;
    items *made = items_new(20, 3, NULL, NULL, NULL);
    items_use_lanes(made, 3, 5);
    par_batch_open(&made->batch, true);
    par_lane *lane = par_batch_take_lane(&made->batch), *other = par_batch_take_lane(&made->batch);
    assert_int_equal(claim(made, lane, false), 0);
    assert_int_equal(claim(made, lane, false), 1);
    assert_int_equal(claim(made, other, false), 5);
    par_span none = par_batch_cancel_lane(&made->batch, 2);
    assert_int_equal(none.first, none.end);
    assert_int_equal(items_cancel(made), 17);
    assert_false(par_batch_has_items(&made->batch));
    assert_int_equal(claim(made, lane, false), 20);
    assert_int_equal(items_cancel(made), 0);
    par_batch_complete(&made->batch, 3);
    items_drop(made);
}

/* Without items there is nothing a ticket could tell of. */
static void test_no_ticket_without_items(void **state)
{
    (void)state;
    items *made = items_new(2, 2, NULL, NULL, NULL);
    par_batch *batch = &made->batch;
    assert_true(par_batch_open(batch, false));
    assert_int_equal(par_batch_join(batch), PAR_JOIN_MORE);
    items_cancel(made);
    assert_int_equal(par_batch_join(batch), PAR_JOIN_NONE);
    assert_false(par_batch_has_ticket(batch));
    assert_false(par_batch_leave(batch));
    assert_false(par_batch_has_ticket(batch));
    items_drop(made);
}

static void test_unlimited_seats(void **state)
{
    (void)state;
    items *made = items_new(1000, PAR_BATCH_UNLIMITED, NULL, NULL, NULL);
    assert_true(par_batch_open(&made->batch, true));
    for (int i = 0; i < 100; i++)
        assert_int_equal(par_batch_join(&made->batch), PAR_JOIN_MORE);
    par_store_relaxed(&made->batch.crew, (PAR_BATCH_UNLIMITED - 1) * 2 + 1);
    assert_int_equal(par_batch_join(&made->batch), PAR_JOIN_LAST);
    assert_false(par_batch_sit(&made->batch));
    assert_true(par_batch_leave(&made->batch));
    end(made);
}

/* All states of crew that a limit allows, with and without items: if items are left and a seat is
 * free afterwards, then there is a ticket. */
static void test_ticket_invariant(void **state)
{
    (void)state;
    for (uint32_t limit = 1; limit <= 4; limit++) {
        for (uint32_t crew = 0; crew <= 2 * limit + 1; crew++) {
            for (unsigned what = 0; what < 6; what++) {
                bool left = what % 2 == 0, ticket = crew % 2 != 0;
                uint32_t seats = crew / 2;
                if ((left && !ticket && seats < limit) || (what / 2 == 0 && !ticket) ||
                    (what / 2 == 1 && seats == 0))
                    continue; /* not a state; no ticket to join with; nobody to leave */
                items *made = items_new(10, limit, NULL, NULL, NULL);
                par_batch *batch = &made->batch;
                par_store_relaxed(&batch->crew, crew);
                if (!left)
                    items_cancel(made);
                if (what / 2 == 0)
                    (void)par_batch_join(batch);
                else if (what / 2 == 1)
                    assert_int_equal(par_batch_leave(batch), left && !ticket);
                else
                    assert_int_equal(par_batch_sit(batch), seats < limit);
                uint32_t after = par_load_relaxed(&batch->crew);
                assert_true(after / 2 <= limit);
                assert_true(!left || after / 2 == limit || after % 2 == 1);
                items_cancel(made);
                items_drop(made);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims_are_in_order),
        cmocka_unit_test(test_no_items),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_when_exhausted),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_join_up_to_the_limit),
        cmocka_unit_test(test_ticket_dropped_and_taken_up),
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_run_brings_a_ticket),
        cmocka_unit_test(test_drop_ticket),
        cmocka_unit_test(test_cancel_lanes),
        cmocka_unit_test(test_no_ticket_without_items),
        cmocka_unit_test(test_unlimited_seats),
        cmocka_unit_test(test_ticket_invariant),
    };
    return cmocka_run_group_tests(tests, NULL, none_left_behind);
}
