/* test_fork_deque.c - the fork-join deque in one thread: what is private, public, stolen, spilt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../sched/fork_deque.h"

enum { CAPACITY = 8 };

static par_fork_deque *deque;
static par_fork_slot *head;

static int set_up(void **state)
{
    (void)state;
    deque = par_fork_deque_new(3, CAPACITY);
    assert_non_null(deque);
    par_store_relaxed(&deque->own.limit, 4);
    par_fork_deque_begin(deque, &deque->own);
    head = deque->slots;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    par_fork_deque_free(deque);
    return 0;
}

static bool spawn_is_plain(void)
{
    return head < par_load_relaxed(&deque->front.limit);
}

/* Of the newest entry. */
static bool sync_is_plain(void)
{
    return head - 1 >= par_load_relaxed(&deque->front.bound);
}

static par_fork_slot *steal(void)
{
    uint64_t seen;
    return par_fork_deque_look(deque, &seen) ? par_fork_deque_take(deque, seen) : NULL;
}

/* The owner joins the newest entry, which is its own. */
static void take_back(void)
{
    head--;
    assert_true(par_fork_deque_take_back(deque, head));
    assert_true(head >= deque->slots + deque->split);
}

/* The owner joins the newest entry, which is stolen and done. */
static void join_stolen(void)
{
    head--;
    assert_false(par_fork_deque_take_back(deque, head));
    par_fork_deque_joined(deque, head);
}

static void test_new_one_is_asked(void **state)
{
    (void)state;
    assert_true(par_fork_deque_is_asked(deque));
    assert_false(spawn_is_plain());
    assert_null(steal());
    assert_false(par_fork_deque_share(deque, head));
    assert_true(par_fork_deque_is_asked(deque));
}

static void test_of_one_thread_alone_is_not_asked(void **state)
{
    (void)state;
    par_store_relaxed(&deque->own.limit, 1);
    par_fork_deque_begin(deque, &deque->own);
    assert_false(par_fork_deque_is_asked(deque));
    assert_true(spawn_is_plain());
    head++;
    assert_true(sync_is_plain());
}

static void test_shares_the_older_half(void **state)
{
    (void)state;
    head += 5;
    assert_true(par_fork_deque_share(deque, head));
    assert_int_equal(deque->split, 3);
    assert_true(spawn_is_plain() && sync_is_plain());
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(steal(), &deque->slots[i]);
    assert_null(steal());
    assert_true(par_fork_deque_share(deque, head));
    assert_int_equal(deque->split, 4);
}

static void test_an_ask_makes_spawn_and_sync_look(void **state)
{
    (void)state;
    head += 2;
    assert_true(par_fork_deque_share(deque, head));
    assert_true(spawn_is_plain() && sync_is_plain());
    par_fork_deque_ask(deque);
    assert_true(par_fork_deque_is_asked(deque));
    assert_false(spawn_is_plain() || sync_is_plain());
    assert_true(par_fork_deque_share(deque, head));
    assert_false(par_fork_deque_is_asked(deque));
    assert_true(spawn_is_plain());
}

static void test_takes_back_half_of_what_is_public(void **state)
{
    (void)state;
    head += 8;
    par_fork_deque_share(deque, head);
    par_fork_deque_share(deque, head);
    par_fork_deque_share(deque, head);
    par_fork_deque_share(deque, head);
    assert_int_equal(deque->split, 8);
    assert_false(sync_is_plain());
    assert_ptr_equal(steal(), &deque->slots[0]);
    take_back();
    assert_int_equal(deque->split, 4); /* between 1 and 8, rounded down */
    for (int i = 0; i < 3; i++) {
        assert_true(sync_is_plain());
        head--;
    }
    assert_false(sync_is_plain());
    take_back();
    assert_int_equal(deque->split, 2);
}

static void test_takes_back_the_last(void **state)
{
    (void)state;
    head++;
    par_fork_deque_share(deque, head);
    take_back();
    assert_int_equal(deque->split, 0);
    assert_null(steal());
}

static void test_joins_what_is_stolen(void **state)
{
    (void)state;
    head += 3;
    par_fork_deque_share(deque, head);
    par_fork_slot *stolen[] = {steal(), steal()};
    assert_ptr_equal(stolen[1], &deque->slots[1]);
    for (int i = 0; i < 2; i++) {
        par_fork_slot_claim(stolen[i], 7);
        assert_int_equal(par_load_relaxed(&stolen[i]->state), 2 * (7 + 1));
        par_fork_slot_done(stolen[i]);
        assert_int_equal(par_load_relaxed(&stolen[i]->state), PAR_FORK_DONE);
    }
    assert_true(sync_is_plain());
    head--;
    join_stolen();
    head++; /* a spawn in between gets the index anew */
    par_fork_deque_share(deque, head);
    assert_int_equal(par_load_relaxed(&deque->slots[1].state), 0);
    take_back();
    join_stolen();
    assert_ptr_equal(head, deque->slots);
    assert_int_equal(deque->split, 0);
}

/* A thief that has looked, and whose entry is taken back and made public again, may take it: what is
 * there now. One that has looked before the deque got another crew may not. */
static void test_a_late_thief(void **state)
{
    (void)state;
    uint64_t seen;
    head++;
    par_fork_deque_share(deque, head);
    assert_true(par_fork_deque_look(deque, &seen));
    take_back();
    assert_null(par_fork_deque_take(deque, seen));
    head++;
    par_fork_deque_share(deque, head);
    assert_ptr_equal(par_fork_deque_take(deque, seen), deque->slots);
    join_stolen();
    par_fork_deque_begin(deque, &deque->own);
    head++;
    par_fork_deque_share(deque, head);
    assert_null(par_fork_deque_take(deque, seen));
    assert_ptr_equal(steal(), deque->slots);
    join_stolen();
}

static void test_spills_when_full(void **state)
{
    (void)state;
    head += CAPACITY;
    par_fork_deque_share(deque, head);
    assert_false(spawn_is_plain());
    par_fork_slot *first = par_fork_deque_spill(deque), *second = par_fork_deque_spill(deque);
    assert_true(first != second);
    assert_false(sync_is_plain());
    par_fork_deque_share(deque, head);
    assert_false(sync_is_plain()); /* as long as anything is spilt */
    assert_ptr_equal(par_fork_deque_unspill(deque), second);
    par_fork_slot *third = par_fork_deque_spill(deque);
    assert_ptr_equal(par_fork_deque_unspill(deque), third);
    assert_ptr_equal(par_fork_deque_unspill(deque), first);
    assert_ptr_equal(steal(), &deque->slots[0]); /* older ones go on being stolen */
    take_back();
}

static void test_seats_of_a_crew(void **state)
{
    (void)state;
    par_fork_crew *crew = &deque->own;
    for (int i = 0; i < 4; i++) {
        assert_true(par_fork_crew_has_seat(crew));
        assert_true(par_fork_crew_sit(crew));
    }
    assert_false(par_fork_crew_has_seat(crew));
    assert_false(par_fork_crew_sit(crew));
    par_fork_crew_leave(crew);
    assert_true(par_fork_crew_sit(crew));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_new_one_is_asked),
        TEST(test_of_one_thread_alone_is_not_asked),
        TEST(test_shares_the_older_half),
        TEST(test_an_ask_makes_spawn_and_sync_look),
        TEST(test_takes_back_half_of_what_is_public),
        TEST(test_takes_back_the_last),
        TEST(test_joins_what_is_stolen),
        TEST(test_a_late_thief),
        TEST(test_spills_when_full),
        TEST(test_seats_of_a_crew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
