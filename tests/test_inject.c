/* test_inject.c - the injection list in one thread, and the hand-over between two. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../sched/inject.h"

typedef struct job {
    int number;
    par_inject_node node;
} job;

static int number_of(par_inject_node *node)
{
    return par_container_of(node, job, node)->number;
}

static void test_new_one_is_empty(void **state)
{
    par_inject inject;
    (void)state;
    par_inject_init(&inject);
    assert_true(par_inject_empty(&inject));
    assert_null(par_inject_take(&inject));
    assert_true(par_inject_empty(&inject));
}

static void test_oldest_first(void **state)
{
    par_inject inject;
    job jobs[100];
    (void)state;
    par_inject_init(&inject);
    for (int n = 1; n <= 100; n++) {
        for (int i = 0; i < n; i++) {
            jobs[i].number = i;
            par_inject_push(&inject, &jobs[i].node);
            assert_false(par_inject_empty(&inject));
        }
        par_inject_node *node = par_inject_take(&inject);
        assert_true(par_inject_empty(&inject));
        assert_null(par_inject_take(&inject));
        for (int i = 0; i < n; i++) {
            assert_non_null(node);
            assert_int_equal(number_of(node), i);
            node = par_inject_next(node);
        }
        assert_null(node);
    }
}

/* What was taken is the taker's, and may go back while the rest of the batch is still walked. */
static void test_push_again_while_walking(void **state)
{
    par_inject inject;
    job jobs[5];
    (void)state;
    par_inject_init(&inject);
    for (int i = 0; i < 5; i++) {
        jobs[i].number = i;
        par_inject_push(&inject, &jobs[i].node);
    }
    for (int round = 0; round < 3; round++) {
        int expected = 0;
        par_inject_node *node = par_inject_take(&inject);
        while (node != NULL) {
            par_inject_node *next = par_inject_next(node);
            assert_int_equal(number_of(node), expected++);
            par_inject_push(&inject, node);
            node = next;
        }
        assert_int_equal(expected, 5);
    }
}

static void test_lists_are_independent(void **state)
{
    par_inject a, b;
    job jobs[2];
    (void)state;
    par_inject_init(&a);
    par_inject_init(&b);
    par_inject_push(&a, &jobs[0].node);
    assert_true(par_inject_empty(&b));
    par_inject_push(&b, &jobs[1].node);
    assert_ptr_equal(par_inject_take(&a), &jobs[0].node);
    assert_false(par_inject_empty(&b));
    assert_ptr_equal(par_inject_take(&b), &jobs[1].node);
}

static void *push_one(void *argument)
{
    static job late;
    late.number = 77;
    par_inject_push(argument, &late.node);
    return NULL;
}

/* I1: what the pusher wrote, the taker reads, without any other synchronisation between the two. */
static void test_contents_travel(void **state)
{
    par_inject inject;
    pthread_t pusher;
    (void)state;
    par_inject_init(&inject);
    assert_int_equal(pthread_create(&pusher, NULL, push_one, &inject), 0);
    par_inject_node *node;
    while ((node = par_inject_take(&inject)) == NULL)
        par_spin_hint();
    assert_int_equal(number_of(node), 77);
    assert_null(par_inject_next(node));
    pthread_join(pusher, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_one_is_empty),
        cmocka_unit_test(test_oldest_first),
        cmocka_unit_test(test_push_again_while_walking),
        cmocka_unit_test(test_lists_are_independent),
        cmocka_unit_test(test_contents_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
