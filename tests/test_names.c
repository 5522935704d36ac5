/* test_names.c - looking up tasks by name, among few and among many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../api/names.h"
#include "../api/par_error.h"

enum { MOST = 5000 };

static char texts[MOST][32];
static const char *names[MOST];
static uint32_t table[4 * MOST];

static void make_names(size_t n)
{
    memset(table, 0xff, sizeof table);
    for (size_t i = 0; i < n; i++) {
        snprintf(texts[i], sizeof texts[i], "task-%zu", i);
        names[i] = texts[i];
    }
}

static const size_t counts[] = {0, 1, 2, 7, 8, 9, 10, 16, 17, 100, MOST};
enum { N_COUNTS = sizeof counts / sizeof *counts };

static void test_index_size(void **state)
{
    (void)state;
    for (size_t n = 0; n < 1000; n++) {
        size_t size = par_names_index_size(n);
        assert_int_equal(size & (size - 1), 0);
        assert_true(size == 0 ? n < 100 : size >= 2 * n && size < 4 * n);
    }
    assert_int_equal(par_names_index_size(UINT32_MAX), 0);
    assert_int_equal(par_names_index_size(SIZE_MAX), 0);
}

static void test_every_name_is_found(void **state)
{
    (void)state;
    for (size_t c = 0; c < N_COUNTS; c++) {
        size_t n = counts[c], size = par_names_index_size(n), wrong;
        uint32_t *index = size > 0 ? table : NULL;
        make_names(n);
        assert_int_equal(par_names_index(names, n, index, size, &wrong), 0);
        for (size_t i = 0; i < n; i++) {
            char copy[32];
            strcpy(copy, texts[i]);
            assert_int_equal(par_names_find(names, n, index, size, copy), i);
        }
        assert_int_equal(par_names_find(names, n, index, size, "task"), n);
        assert_int_equal(par_names_find(names, n, index, size, ""), n);
        assert_int_equal(par_names_find(names, n, index, size, "task-00"), n);
    }
}

/* What is wrong with `name` in the last place, and in the middle, is found. */
static void check_wrong(const char *name)
{
    for (size_t c = 0; c < N_COUNTS; c++) {
        size_t n = counts[c], size = par_names_index_size(n), wrong = SIZE_MAX;
        if (n < 2)
            continue;
        make_names(n);
        names[n - 1] = name;
        assert_int_equal(par_names_index(names, n, table, size, &wrong), PAR_ENAME);
        assert_int_equal(wrong, n - 1);
        if (n < 7)
            continue;
        names[n / 2] = name;
        assert_int_equal(par_names_index(names, n, table, size, &wrong), PAR_ENAME);
        assert_int_equal(wrong, n / 2);
    }
}

static void test_repeated_name(void **state)
{
    (void)state;
    check_wrong("task-0");
}

static void test_empty_name(void **state)
{
    (void)state;
    check_wrong("");
}

static void test_null_name(void **state)
{
    (void)state;
    check_wrong(NULL);
}

static void test_first_name_wrong(void **state)
{
    size_t wrong = SIZE_MAX;
    (void)state;
    names[0] = NULL;
    assert_int_equal(par_names_index(names, 1, NULL, 0, &wrong), PAR_ENAME);
    assert_int_equal(wrong, 0);
}

static void test_bytes_above_127(void **state)
{
    static const char *const umlauts[] = {"\xc3\xa4", "\xc3\xb6", "\xc3\xbc", "a",   "o",
                                          "u",        "\xff",     "\x80",     "\x7f"};
    size_t n = sizeof umlauts / sizeof *umlauts, size = par_names_index_size(n), wrong;
    (void)state;
    assert_int_equal(par_names_index(umlauts, n, table, size, &wrong), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(par_names_find(umlauts, n, table, size, umlauts[i]), i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index_size),      cmocka_unit_test(test_every_name_is_found),
        cmocka_unit_test(test_repeated_name),   cmocka_unit_test(test_empty_name),
        cmocka_unit_test(test_null_name),       cmocka_unit_test(test_first_name_wrong),
        cmocka_unit_test(test_bytes_above_127),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
