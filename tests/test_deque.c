/* test_deque.c - the deque in one thread: order, bounds, wrap-around, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../sched/deque.h"
#include "stress.h"

enum { MOST = 4096 };
static void *_Atomic slots[MOST];
static int entries[3 * MOST];

static par_deque made(size_t capacity)
{
    par_deque deque;
    par_deque_init(&deque, slots, capacity);
    return deque;
}

static void expect_steal(par_deque *deque, void *expected)
{
    void *entry = &entries[MOST];
    if (expected == NULL) {
        assert_int_equal(par_deque_steal(deque, &entry), PAR_STEAL_EMPTY);
        assert_ptr_equal(entry, &entries[MOST]);
    } else {
        assert_int_equal(par_deque_steal(deque, &entry), PAR_STEAL_ITEM);
        assert_ptr_equal(entry, expected);
    }
}

/* Popping from a new deque must not step below index 0. */
static void test_new_one_is_empty(void **state)
{
    (void)state;
    par_deque deque = made(4);
    for (int i = 0; i < 10; i++) {
        assert_true(par_deque_empty(&deque));
        assert_null(par_deque_pop(&deque));
        expect_steal(&deque, NULL);
    }
    assert_true(par_deque_push(&deque, &entries[0]));
    assert_false(par_deque_empty(&deque));
    assert_ptr_equal(par_deque_pop(&deque), &entries[0]);
}

static void test_pop_is_newest_first(void **state)
{
    (void)state;
    par_deque deque = made(8);
    for (int i = 0; i < 8; i++)
        assert_true(par_deque_push(&deque, &entries[i]));
    for (int i = 7; i >= 0; i--)
        assert_ptr_equal(par_deque_pop(&deque), &entries[i]);
    assert_null(par_deque_pop(&deque));
    assert_true(par_deque_empty(&deque));
}

static void test_steal_is_oldest_first(void **state)
{
    (void)state;
    par_deque deque = made(8);
    for (int i = 0; i < 8; i++)
        assert_true(par_deque_push(&deque, &entries[i]));
    for (int i = 0; i < 8; i++)
        expect_steal(&deque, &entries[i]);
    expect_steal(&deque, NULL);
    assert_null(par_deque_pop(&deque));
}

/* A push that finds the deque full changes nothing, and one place freed at either end is usable. */
static void test_full(void **state)
{
    (void)state;
    for (size_t capacity = 1; capacity <= MOST; capacity *= 2) {
        par_deque deque = made(capacity);
        for (size_t i = 0; i < capacity; i++)
            assert_true(par_deque_push(&deque, &entries[i]));
        for (int i = 0; i < 3; i++)
            assert_false(par_deque_push(&deque, &entries[MOST]));
        expect_steal(&deque, &entries[0]);
        assert_true(par_deque_push(&deque, &entries[capacity]));
        assert_false(par_deque_push(&deque, &entries[MOST]));
        assert_ptr_equal(par_deque_pop(&deque), &entries[capacity]);
        assert_true(par_deque_push(&deque, &entries[capacity]));
        assert_false(par_deque_push(&deque, &entries[MOST]));
        for (size_t i = 1; i <= capacity; i++)
            expect_steal(&deque, &entries[i]);
        expect_steal(&deque, NULL);
    }
}

/* The last entry, by either end, leaves the same empty deque. */
static void test_last_entry_by_either_end(void **state)
{
    (void)state;
    par_deque deque = made(2);
    for (int i = 0; i < 100; i++) {
        assert_true(par_deque_push(&deque, &entries[i]));
        if (i % 2)
            assert_ptr_equal(par_deque_pop(&deque), &entries[i]);
        else
            expect_steal(&deque, &entries[i]);
        assert_true(par_deque_empty(&deque));
        assert_null(par_deque_pop(&deque));
        expect_steal(&deque, NULL);
    }
}

/* Random pushes, pops and steals against an array, from capacity 1 up and from far into the
 * indices. */
static void test_against_an_array(void **state)
{
    static const int64_t starts[] = {0, INT32_MAX - 3, UINT32_MAX - 3L, INT64_C(1) << 62};
    uint64_t random = 1;
    (void)state;
    for (size_t s = 0; s < sizeof(starts) / sizeof(*starts); s++) {
        for (size_t capacity = 1; capacity <= 16; capacity *= 2) {
            par_deque deque = made(capacity);
            par_store_relaxed(&deque.top, starts[s]);
            par_store_relaxed(&deque.bottom, starts[s]);
            size_t first = 0, last = 0; /* the deque holds entries[first .. last) */
            while (last < 3 * MOST) {
                uint64_t what = stress_random(&random) % 4;
                if (what < 2) {
                    bool room = last - first < capacity;
                    assert_int_equal(par_deque_push(&deque, &entries[last]), room);
                    last += room;
                } else if (what == 2 && first < last) {
                    assert_ptr_equal(par_deque_pop(&deque), &entries[--last]);
                } else if (what == 3 && first < last) {
                    expect_steal(&deque, &entries[first++]);
                } else {
                    assert_null(par_deque_pop(&deque));
                    expect_steal(&deque, NULL);
                }
                assert_int_equal(par_deque_empty(&deque), first == last);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_one_is_empty),         cmocka_unit_test(test_pop_is_newest_first),
        cmocka_unit_test(test_steal_is_oldest_first),    cmocka_unit_test(test_full),
        cmocka_unit_test(test_last_entry_by_either_end), cmocka_unit_test(test_against_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
