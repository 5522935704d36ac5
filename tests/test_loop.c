/* test_loop.c - par_for(), par_reduce(), par_map(): every index once, partial results in order, the same
 * result with any number of workers, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <par.h>

#include "support.h"

enum { N = 100000 };

static unsigned char marks[N];
static _Atomic size_t ranges, longest;

static void mark(size_t begin, size_t end, void *context)
{
    assert_ptr_equal(context, marks);
    assert_true(begin < end && end <= N);
    ranges++;
    if (end - begin > longest)
        longest = end - begin;
    for (size_t i = begin; i < end; i++)
        marks[i]++;
}

static void expect_marks(size_t begin, size_t end)
{
    for (size_t i = 0; i < N; i++)
        assert_int_equal(marks[i], i >= begin && i < end);
    memset(marks, 0, sizeof(marks));
    ranges = longest = 0;
}

static void test_every_index_once(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 64, 1000, 4097, N};
    for (int round = 0; round < 20; round++) { /* from the second on its cost is known */
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            assert_int_equal(par_for(0, sizes[i], mark, marks), 0);
            expect_marks(0, sizes[i]);
            assert_int_equal(par_for(N - sizes[i], N, mark, marks), 0);
            expect_marks(N - sizes[i], N);
        }
    }
}

static void test_an_empty_loop_runs_nothing(void **state)
{
    (void)state;
    assert_int_equal(par_for(5, 5, mark, marks), 0);
    assert_int_equal(par_for(7, 5, mark, marks, .grain = 1), 0);
    expect_marks(0, 0);
}

static void test_grain(void **state)
{
    (void)state;
    static const size_t grains[] = {1, 10, 1000, N, SIZE_MAX};
    for (size_t i = 0; i < sizeof(grains) / sizeof(*grains); i++) {
        assert_int_equal(par_for(0, N, mark, marks, .grain = grains[i]), 0);
        assert_true(longest <= grains[i]);
        assert_true(longest == N || 2 * longest > grains[i]); /* not halved more than need be */
        expect_marks(0, N);
    }
}

static _Atomic int at_once, most_at_once;

static void be_counted(size_t begin, size_t end, void *context)
{
    (void)begin;
    (void)end;
    (void)context;
    int now = ++at_once, most = most_at_once;
    while (now > most && !atomic_compare_exchange_weak(&most_at_once, &most, now))
        ;
    for (volatile int i = 0; i < 20000; i = i + 1)
        ;
    at_once--;
}

static void test_max_workers(void **state)
{
    (void)state;
    par_pool *pool;
    assert_int_equal(par_pool_open(&pool, .workers = 8), 0);
    for (unsigned most = 1; most <= 3; most++) {
        most_at_once = 0;
        for (int round = 0; round < 20; round++)
            assert_int_equal(
                par_for(0, 200, be_counted, NULL, .grain = 1, .max_workers = most, .pool = pool),
                0);
        assert_true(most_at_once <= (int)most);
    }
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* A loop that was short every time, and now is not. */
static _Atomic bool slow;

static void vary(size_t begin, size_t end, void *context)
{
    for (size_t i = begin; i < end; i++) {
        ++*(_Atomic size_t *)context;
        for (volatile int k = 0; slow && k < 2000; k = k + 1)
            ;
    }
}

static void test_a_loop_that_was_short(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        _Atomic size_t count = 0;
        slow = round >= 50;
        assert_int_equal(par_for(0, 1000, vary, &count), 0);
        assert_int_equal(count, 1000);
    }
}

static void nested(size_t begin, size_t end, void *context)
{
    for (size_t i = begin; i < end; i++) {
        unsigned char *row = (unsigned char *)context + 100 * i;
        _Atomic size_t count = 0;
        slow = false;
        assert_int_equal(par_for(0, 100, vary, &count, .grain = 7), 0);
        memset(row, (int)count, 100);
    }
}

static void test_a_loop_in_a_loop(void **state)
{
    (void)state;
    assert_int_equal(par_for(0, N / 100, nested, marks, .grain = 3), 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(marks[i], 100);
    memset(marks, 0, sizeof(marks));
}

/* Partial results that tell which ranges were joined, in which order: spans that must touch. */
typedef struct span {
    size_t begin, end;
    bool broken;
} span;

static void cover(size_t begin, size_t end, void *partial, void *context)
{
    (void)context;
    span *s = partial;
    if (s->begin == s->end)
        s->begin = begin;
    else if (s->end != begin)
        s->broken = true;
    s->end = end;
}

static void touch(void *into, const void *from, void *context)
{
    (void)context;
    span *left = into;
    const span *right = from;
    left->broken = left->broken || right->broken || left->end != right->begin;
    left->end = right->end;
}

static void test_joins_neighbours_in_order(void **state)
{
    (void)state;
    for (size_t n = 1; n < N; n = n * 3 + 1) {
        for (size_t grain = 0; grain < 40; grain += 13) {
            span s = {0, 0, false};
            assert_int_equal(par_reduce(&s, 0, n, cover, touch, NULL, .grain = grain), 0);
            assert_int_equal(s.begin, 0);
            assert_int_equal(s.end, n);
            assert_false(s.broken);
        }
    }
}

static float values[N];

static void add_values(size_t begin, size_t end, void *partial, void *context)
{
    const float *v = context;
    float sum = *(float *)partial;
    for (size_t i = begin; i < end; i++)
        sum += v[i];
    *(float *)partial = sum;
}

static void add_floats(void *into, const void *from, void *context)
{
    (void)context;
    *(float *)into += *(const float *)from;
}

/* Sums of floats depend on the order of the additions: which a grain fixes. */
static void test_the_same_sum_with_any_number_of_workers(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < N; i++) {
        random = random * 1664525 + 1013904223;
        values[i] = (float)(random >> 8) / 1000;
    }
    float first = 0;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        par_pool *pool;
        assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
        for (int round = 0; round < 20; round++) {
            float sum = 0;
            assert_int_equal(
                par_reduce(&sum, 0, N, add_values, add_floats, values, .grain = 100, .pool = pool),
                0);
            if (first == 0)
                first = sum;
            assert_memory_equal(&sum, &first, sizeof(sum));
        }
        assert_int_equal(par_pool_close(pool, LONG), 0);
    }
}

enum { BINS = 1000 };

static void fill_bins(size_t begin, size_t end, void *partial, void *context)
{
    (void)context;
    for (size_t i = begin; i < end; i++)
        ((unsigned *)partial)[i % BINS]++;
}

static void add_bins(void *into, const void *from, void *context)
{
    (void)context;
    for (int i = 0; i < BINS; i++)
        ((unsigned *)into)[i] += ((const unsigned *)from)[i];
}

static void test_large_partial_results(void **state)
{
    (void)state;
    unsigned bins[BINS] = {0};
    assert_int_equal(par_reduce(&bins, 0, N, fill_bins, add_bins, NULL, .grain = 999), 0);
    for (int i = 0; i < BINS; i++)
        assert_int_equal(bins[i], N / BINS);
}

static void test_refusals(void **state)
{
    (void)state;
    float sum = 0;
    par_pool *pool;
    par_loop_options newer = {.size = sizeof(newer) + 8};
    unsigned char tail[sizeof(newer) + 8] = {0};
    memcpy(tail, &newer, sizeof(newer));
    tail[sizeof(newer)] = 1;
    assert_int_equal(par_for(0, 10, NULL, NULL), PAR_EARGS);
    assert_int_equal(par_reduce(&sum, 0, 10, NULL, add_floats, NULL), PAR_EARGS);
    assert_int_equal(par_reduce(&sum, 0, 10, add_values, NULL, NULL), PAR_EARGS);
    assert_int_equal(par_for_run(0, 10, mark, marks, NULL, &(par_loop_options){0}), PAR_EINVAL);
    assert_int_equal(par_for_run(0, 10, mark, marks, NULL, (const void *)tail), PAR_EINVAL);
    assert_int_equal(par_for_run(0, 10, mark, marks, NULL, NULL), 0);
    expect_marks(0, 10);
    assert_int_equal(par_pool_open(&pool, .workers = 1), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(par_for(0, 10, mark, marks, .pool = pool), PAR_ECLOSED);
    expect_marks(0, 0);
}

static double half(int n, const char *text)
{
    return n / 2.0 + (double)strlen(text);
}

PAR_DECORATE(double, half, (int, n), (const char *, text))

static void test_map(void **state)
{
    (void)state;
    enum { LISTS = 1000 };
    static const char *const texts[] = {"", "a", "bc"};
    PAR_ARGUMENTS(half) lists[LISTS];
    PAR_AUTO(par_results) *results = NULL;
    for (int i = 0; i < LISTS; i++)
        lists[i].n = i, lists[i].text = texts[i % 3];
    assert_int_equal(par_map(&results, half, lists, LISTS, .timeout = LONG), 0);
    memset(lists, 0xff, sizeof(lists));
    assert_int_equal(par_count(results), LISTS);
    for (int i = 0; i < LISTS; i++)
        assert_true(par_get(results, i, double) == i / 2.0 + i % 3);
    assert_string_equal(par_at(results, 5)->args[1].name, "text");
}

static void test_map_refusals(void **state)
{
    (void)state;
    PAR_AUTO(par_results) *results = NULL, *none = NULL, *empty = NULL;
    PAR_ARGUMENTS(half) list = {1, ""};
    assert_int_equal(par_map_run(NULL, par_function_of(half), &list, 1, NULL), PAR_EINVAL);
    assert_int_equal(par_map(&results, half, (const PAR_ARGUMENTS(half) *)NULL, 1), PAR_EINVAL);
    assert_true(par_message(results)[0] != '\0');
    assert_true(par_map_run(&none, NULL, &list, 1, NULL) < 0);
    assert_true(par_message(none)[0] != '\0');
    assert_int_equal(par_map(&empty, half, &list, 0), 0);
    assert_int_equal(par_count(empty), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_once),
        cmocka_unit_test(test_an_empty_loop_runs_nothing),
        cmocka_unit_test(test_grain),
        cmocka_unit_test(test_max_workers),
        cmocka_unit_test(test_a_loop_that_was_short),
        cmocka_unit_test(test_a_loop_in_a_loop),
        cmocka_unit_test(test_joins_neighbours_in_order),
        cmocka_unit_test(test_the_same_sum_with_any_number_of_workers),
        cmocka_unit_test(test_large_partial_results),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
