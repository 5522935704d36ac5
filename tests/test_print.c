/* test_print.c - slots and results as lines of text. */
#include "results_builder.h"

#include <errno.h>
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

/* What `print` writes; the caller frees it. */
static char *printed(const par_results *results, const par_slot *slot)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    if (results != NULL)
        par_results_print(file, results);
    else
        par_slot_print(file, slot);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void check_printed(const par_results *results, const par_slot *slot, const char *expected)
{
    char *text = printed(results, slot);
    assert_string_equal(text, expected);
    free(text);
}

static void test_printing(void **state)
{
    struct par_results *results = build_results(6);
    (void)state;
    build_failed(build_task(results, "finex", get_price_future("BTC", "5m")), 101, 102,
                 ECONNREFUSED, "nobody listens");
    build_done(build_task(results, "base", answer_future()), 101, 101.25, &(int){42}, sizeof(int));
    build_unstarted(build_task(results, "late", answer_future()), 102, PAR_ETIMEDOUT);
    build_failed(build_task(results, "odd", answer_future()), 101, 102, 123456, "it is odd");
    build_running(build_task(results, "slow", answer_future()), 101);
    build_unbound(results, "none", NULL);
    par_results_hand_out(results, false);
    check_printed(
        NULL, par_at(results, 0),
        "finex: get_price(crypto=\"BTC\", period=\"5m\"): ECONNREFUSED: nobody listens\n");
    check_printed(NULL, NULL, "");
    results->fixed_message = "something failed";
    check_printed(results, NULL,
                  "something failed\n"
                  "finex: get_price(crypto=\"BTC\", period=\"5m\"): ECONNREFUSED: nobody listens\n"
                  "base: answer(): done in 0.250000 s\n"
                  "late: answer(): PAR_ETIMEDOUT: the deadline came first\n"
                  "odd: answer(): 123456: it is odd\n"
                  "slow: answer(): still running\n"
                  "none: (): not started\n");
    par_results_free(results);
}

static void test_printing_without_names(void **state)
{
    struct par_results *results = build_results(2);
    (void)state;
    build_done(build_task(results, NULL, answer_future()), 101, 102, &(int){42}, sizeof(int));
    build_failed(build_task(results, NULL, answer_future()), 101, 102, EIO, "%s%n");
    par_results_hand_out(results, true);
    check_printed(results, NULL, "[0]: answer(): done in 1.000000 s\n[1]: answer(): EIO: %s%n\n");
    par_results_free(results);
}

/* A slot is one line, whatever its words are, and steers no terminal. */
static void test_printing_odd_words(void **state)
{
    struct par_results *results = build_results(1);
    (void)state;
    build_failed(build_task(results, "a\nname", answer_future()), 101, 102, EIO,
                 "two \"lines\",\na \033[31mcolour");
    par_results_hand_out(results, true);
    check_printed(results, NULL, "a\\nname: answer(): EIO: two \"lines\",\\na \\033[31mcolour\n");
    par_results_free(results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printing),
        cmocka_unit_test(test_printing_without_names),
        cmocka_unit_test(test_printing_odd_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
