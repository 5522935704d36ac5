/* test_results.c - what readers see of a call: slots and listing, before its end and after.
 */
#include "results_builder.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "../api/par_decorate.h"
#include "../api/par_error.h"

static double get_price(const char *crypto, const char *period)
{
    (void)crypto;
    (void)period;
    return 0;
}
PAR_DECORATE(double, get_price, (const char *, crypto), (const char *, period, "5m"))

static int answer(void)
{
    return 42;
}
PAR_DECORATE(int, answer)

static void assert_near(double seconds, double expected)
{
    assert_true(fabs(seconds - expected) < 1e-6);
}

static void test_null_is_no_tasks(void **state)
{
    size_t n = 7;
    (void)state;
    assert_int_equal(par_count(NULL), 0);
    assert_int_equal(par_failures(NULL), 0);
    assert_null(par_at(NULL, 0));
    assert_null(par_find(NULL, "x"));
    assert_null(par_succeeded(NULL, &n));
    assert_int_equal(n, 0);
    n = 7;
    assert_null(par_failed(NULL, &n));
    assert_int_equal(n, 0);
    assert_null(par_failed(NULL, NULL));
    assert_non_null(par_message(NULL));
    assert_string_not_equal(par_message(NULL), "");
    par_results_free(NULL);
}

static void test_empty_call(void **state)
{
    struct par_results *results = build_results(0);
    size_t n = 7;
    (void)state;
    par_results_hand_out(results, true);
    assert_int_equal(par_count(results), 0);
    assert_int_equal(par_failures(results), 0);
    assert_null(par_at(results, 0));
    assert_null(par_find(results, "x"));
    assert_non_null(par_succeeded(results, &n));
    assert_int_equal(n, 0);
    assert_non_null(par_failed(results, &n));
    assert_int_equal(n, 0);
    assert_string_equal(par_message(results), "");
    par_results_free(results);
}

static void test_done_slot(void **state)
{
    struct par_results *results = build_results(2);
    double price = 7.5;
    (void)state;
    build_done(build_task(results, "first", answer_future()), 100.25, 101, &(int){42}, sizeof(int));
    build_done(build_task(results, "second", get_price_future("BTC", "10m")), 100.5, 102.25, &price,
               sizeof price);
    par_results_hand_out(results, true);
    const par_slot *slot = par_at(results, 1);
    assert_int_equal(slot->index, 1);
    assert_string_equal(slot->name, "second");
    assert_string_equal(slot->function, "get_price");
    assert_int_equal(slot->n_args, 2);
    assert_string_equal(slot->args[0].name, "crypto");
    assert_int_equal(slot->args[0].type, PAR_STRING);
    assert_string_equal(slot->args[0].as.s, "BTC");
    assert_string_equal(slot->args[1].name, "period");
    assert_string_equal(slot->args[1].as.s, "10m");
    assert_int_equal(slot->status, PAR_DONE);
    assert_int_equal(slot->code, 0);
    assert_string_equal(slot->message, "");
    assert_near(slot->waited, 0.5);
    assert_near(slot->ran, 1.75);
    assert_ptr_equal(slot, par_at(results, 1));
    assert_ptr_equal(slot, par_find(results, "second"));
    assert_int_equal(par_at(results, 0)->n_args, 0);
    assert_null(par_at(results, 2));
    assert_null(par_at(results, SIZE_MAX));
    assert_null(par_find(results, "third"));
    assert_null(par_find(results, ""));
    assert_null(par_find(results, NULL));
    assert_int_equal(par_failures(results), 0);
    par_results_free(results);
}

static void test_failed_slots(void **state)
{
    struct par_results *results = build_results(4);
    (void)state;
    build_failed(build_task(results, NULL, answer_future()), 101, 103, ECONNREFUSED, "no route");
    build_failed(build_task(results, NULL, answer_future()), 101, 103, ECONNREFUSED, NULL);
    build_failed(build_task(results, NULL, answer_future()), 101, 103, 123456, NULL);
    build_failed(build_task(results, NULL, answer_future()), 101, 103, ENOENT, "");
    par_results_hand_out(results, true);
    const par_slot *slot = par_at(results, 0);
    assert_null(slot->name);
    assert_int_equal(slot->status, PAR_FAILED);
    assert_int_equal(slot->code, ECONNREFUSED);
    assert_string_equal(slot->message, "no route");
    assert_near(slot->waited, 1);
    assert_near(slot->ran, 2);
    assert_string_equal(par_at(results, 1)->message, par_strerror(ECONNREFUSED));
    assert_string_equal(par_at(results, 2)->message, "unknown error");
    assert_string_equal(par_at(results, 3)->message, "");
    assert_int_equal(par_failures(results), 4);
    assert_null(par_find(results, "0"));
    par_results_free(results);
}

static void check_given_up(const par_slot *slot, int code, double waited, double ran)
{
    assert_int_equal(slot->status, PAR_FAILED);
    assert_int_equal(slot->code, code);
    assert_string_equal(slot->message, par_strerror(code));
    assert_near(slot->waited, waited);
    assert_near(slot->ran, ran);
    assert_true((ran > 0) == (slot->ran > 0));
}

static void test_slots_of_tasks_given_up(void **state)
{
    struct par_results *results = build_results(5);
    (void)state;
    results->handed_out = AT(110);
    build_unstarted(build_task(results, NULL, answer_future()), 104, PAR_ECANCELED);
    build_set(build_task(results, NULL, answer_future()), PAR_RECORD_ENDED, PAR_ECANCELED);
    build_failed(build_task(results, NULL, answer_future()), 101, 111, PAR_ETIMEDOUT, "too late");
    /* What other threads may still write in these two must not be shown. */
    par_record *abandoned = build_task(results, NULL, answer_future());
    build_failed(abandoned, 103, 190, 0, "late");
    build_set(abandoned, PAR_RECORD_ABANDONED, PAR_ETIMEDOUT);
    par_record *skipped = build_task(results, NULL, answer_future());
    build_failed(skipped, 109, 190, 0, "late");
    build_set(skipped, PAR_RECORD_SKIPPED, PAR_ETIMEDOUT);
    par_results_hand_out(results, true);
    check_given_up(par_at(results, 0), PAR_ECANCELED, 4, 0);
    check_given_up(par_at(results, 1), PAR_ECANCELED, 0, 0);
    check_given_up(par_at(results, 2), PAR_ETIMEDOUT, 1, 10);
    check_given_up(par_at(results, 3), PAR_ETIMEDOUT, 3, 7);
    check_given_up(par_at(results, 4), PAR_ETIMEDOUT, 10, 0);
    par_results_free(results);
}

static void test_a_task_that_ran_ran_longer_than_no_time(void **state)
{
    struct par_results *results = build_results(2);
    (void)state;
    build_done(build_task(results, NULL, answer_future()), 100, 100, &(int){1}, sizeof(int));
    build_failed(build_task(results, NULL, answer_future()), 99, 98, EIO, NULL);
    par_results_hand_out(results, true);
    for (size_t i = 0; i < 2; i++) {
        assert_true(par_at(results, i)->ran > 0);
        assert_near(par_at(results, i)->ran, 0);
        assert_near(par_at(results, i)->waited, 0);
    }
    par_results_free(results);
}

static void test_call_that_failed_before_any_task_ran(void **state)
{
    struct par_results *results = build_results(3);
    (void)state;
    build_task(results, "bound", get_price_future("BTC", NULL));
    build_unbound(results, "unbound", par_function_of(get_price));
    build_unbound(results, "nothing", NULL);
    results->message = strdup("the arguments are wrong");
    par_results_hand_out(results, true);
    assert_string_equal(par_message(results), "the arguments are wrong");
    assert_int_equal(par_failures(results), 3);
    for (size_t i = 0; i < 3; i++) {
        const par_slot *slot = par_at(results, i);
        assert_int_equal(slot->status, PAR_NOT_STARTED);
        assert_int_equal(slot->code, 0);
        assert_string_equal(slot->message, "");
        assert_near(slot->waited, 0);
        assert_near(slot->ran, 0);
        assert_int_equal(slot->n_args, i == 0 ? 2 : 0);
        assert_string_equal(slot->function, i < 2 ? "get_price" : "");
    }
    par_results_free(results);
}

/* Wrong names are reported by a call that then has them. */
static void test_finding_among_wrong_names(void **state)
{
    static const char *const names[] = {"a", NULL, "", "a", "b"};
    size_t wrong;
    (void)state;
    for (size_t n = 5; n <= 25; n += 5) {
        struct par_results *results = build_results(n);
        for (size_t i = 0; i < n; i++) {
            build_unbound(results, "", NULL);
            results->names[i] = i < 5 ? names[i] : "c";
        }
        par_names_index(results->names, n, results->index, results->index_size, &wrong);
        par_results_hand_out(results, true);
        assert_ptr_equal(par_find(results, "a"), par_at(results, 0));
        assert_ptr_equal(par_find(results, "b"), par_at(results, 4));
        assert_null(par_find(results, "d"));
        assert_null(par_find(results, ""));
        par_results_free(results);
    }
}

static void test_fixed_message(void **state)
{
    struct par_results *results = build_results(0);
    (void)state;
    results->fixed_message = "the deadline came first";
    assert_string_equal(par_message(results), "the deadline came first");
    par_results_free(results);
}

/* The first and every third after it fail. */
static struct par_results *build_many(size_t n, char (*names)[32])
{
    struct par_results *results = build_results(n);
    for (size_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "task %zu", i);
        par_record *record = build_task(results, names[i], get_price_future(names[i], "1m"));
        double price = (double)i;
        if (i % 3 == 0)
            build_failed(record, 101, 102, EIO, NULL);
        else
            build_done(record, 101, 102, &price, sizeof price);
    }
    return results;
}

static void check_many(const par_results *results, size_t n)
{
    size_t succeeded, failed, s = 0, f = 0;
    const par_slot *const *good = par_succeeded(results, &succeeded);
    const par_slot *const *bad = par_failed(results, &failed);
    assert_int_equal(succeeded + failed, n);
    assert_int_equal(failed, par_failures(results));
    assert_int_equal(failed, (n + 2) / 3);
    for (size_t i = 0; i < n; i++) {
        const par_slot *slot = par_at(results, i);
        assert_ptr_equal(i % 3 == 0 ? bad[f++] : good[s++], slot);
        assert_ptr_equal(par_find(results, slot->name), slot);
        assert_string_equal(slot->args[0].as.s, slot->name);
    }
}

static void test_listing_and_finding(void **state)
{
    static char names[100][32];
    (void)state;
    for (size_t n = 1; n <= 100; n += n < 20 ? 1 : 40) {
        struct par_results *results = build_many(n, names);
        par_results_hand_out(results, true);
        check_many(results, n);
        check_many(results, n);
        par_results_free(results);
    }
}

static void test_hand_out_takes_what_it_shows(void **state)
{
    struct par_results *results = build_results(4);
    (void)state;
    build_done(build_task(results, NULL, answer_future()), 101, 102, &(int){1}, sizeof(int));
    build_failed(build_task(results, NULL, answer_future()), 101, 102, EIO, NULL);
    build_running(build_task(results, NULL, answer_future()), 101);
    build_task(results, NULL, answer_future());
    par_results_hand_out(results, false);
    assert_true(results->records[0].taken);
    for (size_t i = 1; i < 4; i++)
        assert_false(results->records[i].taken);
    assert_int_equal(results->n_succeeded, 1);
    assert_true(results->interim);
    assert_false(results->over);
    par_results_free(results);
}

static void check_statuses(const par_results *results, const par_status expected[4])
{
    size_t n, succeeded = 0, failed = 0;
    for (size_t i = 0; i < 4; i++) {
        const par_slot *slot = par_at(results, i);
        assert_int_equal(slot->status, expected[i]);
        if (expected[i] == PAR_DONE)
            assert_ptr_equal(par_succeeded(results, &n)[succeeded++], slot);
        else
            assert_ptr_equal(par_failed(results, &n)[failed++], slot);
    }
    assert_int_equal(par_failures(results), failed);
    par_succeeded(results, &n);
    assert_int_equal(n, succeeded);
}

/* Between hand-outs records go on, and slots stay. */
static void test_hand_outs_before_the_end(void **state)
{
    struct par_results *results = build_results(4);
    par_record *records[4];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        records[i] = build_task(results, NULL, get_price_future("BTC", "1m"));
    build_running(records[0], 101);
    build_running(records[1], 102);
    par_results_hand_out(results, false);
    const par_status first[] = {PAR_STARTED, PAR_STARTED, PAR_NOT_STARTED, PAR_NOT_STARTED};
    check_statuses(results, first);
    assert_near(par_at(results, 1)->waited, 2);
    assert_near(par_at(results, 1)->ran, 0);
    const par_slot *slot = par_at(results, 0);
    const par_value *args = slot->args;

    build_failed(records[0], 101, 103, EIO, "broken");
    build_done(records[1], 102, 104, &(double){2.5}, sizeof(double));
    build_running(records[2], 105);
    check_statuses(results, first);
    par_results_hand_out(results, false);
    const par_status second[] = {PAR_FAILED, PAR_DONE, PAR_STARTED, PAR_NOT_STARTED};
    check_statuses(results, second);
    assert_ptr_equal(par_at(results, 0), slot);
    assert_ptr_equal(slot->args, args);
    assert_string_equal(slot->message, "broken");
    assert_near(slot->ran, 2);

    build_done(records[2], 105, 106, &(double){3.5}, sizeof(double));
    build_unstarted(records[3], 107, PAR_ECANCELED);
    check_statuses(results, second);
    par_results_hand_out(results, true);
    const par_status third[] = {PAR_FAILED, PAR_DONE, PAR_DONE, PAR_FAILED};
    check_statuses(results, third);
    assert_true(results->over);
    par_results_hand_out(results, true);
    check_statuses(results, third);
    par_results_free(results);
}

/* A slot is filled in by the first of many threads that look at it. */
enum { READERS = 6, TASKS = 60, ROUNDS = 50 };

typedef struct reading {
    pthread_barrier_t start;
    const par_results *results;
    size_t offset;
} reading;

static void *read_all(void *argument)
{
    reading *shared = argument;
    size_t offset = __atomic_fetch_add(&shared->offset, TASKS / 4, __ATOMIC_RELAXED);
    pthread_barrier_wait(&shared->start);
    if (offset % 2 == 0)
        check_many(shared->results, TASKS);
    for (size_t i = 0; i < TASKS; i++) {
        const par_slot *slot = par_at(shared->results, (i + offset) % TASKS);
        assert_int_equal(slot->index, (i + offset) % TASKS);
        assert_string_equal(slot->args[0].as.s, slot->name);
    }
    check_many(shared->results, TASKS);
    return NULL;
}

static void test_many_readers(void **state)
{
    static char names[TASKS][32];
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[READERS];
        struct par_results *results = build_many(TASKS, names);
        reading shared = {.results = results};
        par_results_hand_out(results, true);
        pthread_barrier_init(&shared.start, NULL, READERS);
        for (int i = 0; i < READERS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, read_all, &shared), 0);
        for (int i = 0; i < READERS; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&shared.start);
        par_results_free(results);
    }
}

static void test_free_gives_up_one_reference(void **state)
{
    struct par_results *results = build_results(1);
    unsigned before = build_destroyed;
    (void)state;
    par_batch_ref(&results->batch);
    par_results_free(results);
    assert_int_equal(build_destroyed, before);
    par_batch_unref(&results->batch);
    assert_int_equal(build_destroyed, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_is_no_tasks),
        cmocka_unit_test(test_empty_call),
        cmocka_unit_test(test_done_slot),
        cmocka_unit_test(test_failed_slots),
        cmocka_unit_test(test_slots_of_tasks_given_up),
        cmocka_unit_test(test_a_task_that_ran_ran_longer_than_no_time),
        cmocka_unit_test(test_call_that_failed_before_any_task_ran),
        cmocka_unit_test(test_finding_among_wrong_names),
        cmocka_unit_test(test_fixed_message),
        cmocka_unit_test(test_listing_and_finding),
        cmocka_unit_test(test_hand_out_takes_what_it_shows),
        cmocka_unit_test(test_hand_outs_before_the_end),
        cmocka_unit_test(test_many_readers),
        cmocka_unit_test(test_free_gives_up_one_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
