/* test_error.c - the names and meanings of codes. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../api/error_name.h"
#include "../api/par_error.h"

static const int own[] = {PAR_EINVAL, PAR_ENOMEM,  PAR_ETIMEDOUT, PAR_ECANCELED,
                          PAR_EAGAIN, PAR_EDEADLK, PAR_ETASK,     PAR_EARGS,
                          PAR_ENAME,  PAR_ETYPE,   PAR_ECLOSED,   PAR_EFORKED};
enum { N_OWN = sizeof own / sizeof *own };

static void test_own_codes_are_negative_and_distinct(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OWN; i++) {
        assert_true(own[i] < 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(own[i], own[j]);
    }
}

static void test_own_codes_have_names_and_meanings(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OWN; i++) {
        assert_memory_equal(par_error_name(own[i]), "PAR_E", 5);
        assert_string_not_equal(par_strerror(own[i]), "unknown error");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(par_strerror(own[i]), par_strerror(own[j]));
    }
    assert_string_equal(par_error_name(PAR_ETIMEDOUT), "PAR_ETIMEDOUT");
    assert_string_equal(par_error_name(PAR_EFORKED), "PAR_EFORKED");
}

static void test_errno_values_of_either_sign(void **state)
{
    (void)state;
    assert_string_equal(par_strerror(ECONNREFUSED), strerrordesc_np(ECONNREFUSED));
    assert_string_equal(par_strerror(-ECONNREFUSED), strerrordesc_np(ECONNREFUSED));
    assert_string_equal(par_strerror(ETIMEDOUT), strerrordesc_np(ETIMEDOUT));
    assert_string_equal(par_error_name(ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(par_error_name(-ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(par_error_name(ETIMEDOUT), "ETIMEDOUT");
}

static void test_zero_and_unknown_codes(void **state)
{
    static const int unknown[] = {INT_MAX, INT_MIN, INT_MIN + 1, 9999,
                                  -9999,   -10000,  -10007,      10001};
    (void)state;
    assert_non_null(par_strerror(0));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        assert_string_equal(par_strerror(unknown[i]), "unknown error");
        assert_null(par_error_name(unknown[i]));
    }
}

static void test_errno_is_left_alone(void **state)
{
    (void)state;
    errno = EXDEV;
    par_strerror(PAR_ETASK);
    par_strerror(123456);
    par_strerror(ENOENT);
    assert_int_equal(errno, EXDEV);
}

static void test_labels(void **state)
{
    char buffer[PAR_ERROR_LABEL];
    (void)state;
    assert_string_equal(par_error_label(EPIPE, buffer), "EPIPE");
    assert_string_equal(par_error_label(PAR_ECANCELED, buffer), "PAR_ECANCELED");
    assert_string_equal(par_error_label(123456, buffer), "123456");
    assert_string_equal(par_error_label(INT_MIN, buffer), "-2147483648");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_codes_are_negative_and_distinct),
        cmocka_unit_test(test_own_codes_have_names_and_meanings),
        cmocka_unit_test(test_errno_values_of_either_sign),
        cmocka_unit_test(test_zero_and_unknown_codes),
        cmocka_unit_test(test_errno_is_left_alone),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
