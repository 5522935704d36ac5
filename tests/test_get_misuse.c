/* test_get_misuse.c - misuse of a getter ends the process by a trap, after one line that names the
 * mistake. */
#include "getter_tasks.h"

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each misuse runs in a child. */

static const par_results *prices;

static void wrong_type(void)
{
    (void)par_get(prices, "good", float);
}
static void wrong_type_or(void)
{
    (void)par_get_or(prices, "bad", int, 0);
}
static void wrong_type_try(void)
{
    long whole;
    par_try_get(prices, 0, &whole);
}
static void wrong_name(void)
{
    (void)par_get(prices, "goood", double);
}
static void wrong_name_or(void)
{
    (void)par_get_or(prices, "", double, 0);
}
static void wrong_name_try(void)
{
    double price;
    const char *name = NULL;
    par_try_get(prices, name, &price);
}
static void wrong_name_ok(void)
{
    par_ok(prices, "goood");
}
static void wrong_index(void)
{
    (void)par_get(prices, 3, double);
}
static void wrong_index_or(void)
{
    (void)par_get_or(prices, -1, double, 0);
}
static void wrong_index_try(void)
{
    double price;
    par_try_get(prices, SIZE_MAX, &price);
}
static void wrong_index_ok(void)
{
    par_ok(prices, LLONG_MIN);
}
static void failed_task(void)
{
    (void)par_get(prices, "bad", double);
}
static void unended_task(void)
{
    (void)par_get(prices, 2, double);
}
static void null_results(void)
{
    const par_results *none = NULL;
    (void)par_get(none, "good", double);
}
static void null_results_ok(void)
{
    par_ok((const par_results *)NULL, 0);
}

typedef struct misuse {
    void (*run)(void);
    const char *message;
} misuse;

static const misuse misuses[] = {
    {wrong_type, "par: par_get(prices, \"good\", float): the result of get_double() is a double, "
                 "not a float\n"},
    {wrong_type_or,
     "par: par_get_or(prices, \"bad\", int): the result of get_double() is a double, not an int\n"},
    {wrong_type_try,
     "par: par_try_get(prices, 0, &whole): the result of get_double() is a double, not a long\n"},
    {wrong_name, "par: par_get(prices, \"goood\", double): no task has this name\n"},
    {wrong_name_or, "par: par_get_or(prices, \"\", double): no task has this name\n"},
    {wrong_name_try, "par: par_try_get(prices, NULL, &price): no task has this name\n"},
    {wrong_name_ok, "par: par_ok(prices, \"goood\"): no task has this name\n"},
    {wrong_index, "par: par_get(prices, 3, double): there is no such task, the call has 3\n"},
    {wrong_index_or,
     "par: par_get_or(prices, -1, double): there is no such task, the call has 3\n"},
    {wrong_index_try, "par: par_try_get(prices, 18446744073709551615, &price): "
                      "there is no such task, the call has 3\n"},
    {wrong_index_ok, "par: par_ok(prices, -9223372036854775808): "
                     "there is no such task, the call has 3\n"},
    {failed_task,
     "par: par_get(prices, \"bad\", double): get_double() failed: EIO: the disk is gone\n"},
    {unended_task, "par: par_get(prices, 2, double): get_double() has not ended\n"},
    {null_results, "par: par_get(none, \"good\", double): the results are NULL\n"},
    {null_results_ok, "par: par_ok((const par_results *)NULL, 0): the results are NULL\n"},
};

/* The child's side: a signal's default action, whatever cmocka has installed, and no core file. */
static void be_misused(const misuse *wrong, int error)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGILL, SIG_DFL);
    signal(SIGTRAP, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    dup2(error, STDERR_FILENO);
    wrong->run();
    _exit(0);
}

static void check_trap(const misuse *wrong)
{
    char text[1024];
    size_t length = 0;
    ssize_t n;
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        be_misused(wrong, ends[1]);
    close(ends[1]);
    while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    close(ends[0]);
    text[length] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_string_equal(text, wrong->message);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGILL || WTERMSIG(status) == SIGTRAP ||
                WTERMSIG(status) == SIGABRT);
}

static void test_misuse_traps(void **state)
{
    struct par_results *results = three_prices();
    (void)state;
    prices = results;
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++)
        check_trap(&misuses[i]);
    par_results_free(results);
}

static void unnamed_tasks(void)
{
    (void)par_get(prices, "good", double);
}

static void test_names_where_there_are_none(void **state)
{
    static const misuse wrong = {
        unnamed_tasks,
        "par: par_get(prices, \"good\", double): the tasks of this call have no names\n"};
    struct par_results *results = build_results(1);
    (void)state;
    build_done(build_task(results, NULL, get_double_future()), 101, 102, &(double){1},
               sizeof(double));
    par_results_hand_out(results, true);
    prices = results;
    check_trap(&wrong);
    par_results_free(results);
}

/* Types that are alike in size, or in kind, but not the same: `is` says what the result is. */
#define WRONG(function, type)           \
    static void function##_wrong(void)  \
    {                                   \
        (void)par_get(prices, 0, type); \
    }

WRONG(get_bool, signed char)
WRONG(get_schar, short)
WRONG(get_short, int)
WRONG(get_int, unsigned)
WRONG(get_long, double)
WRONG(get_uchar, char)
WRONG(get_unsigned, int)
WRONG(get_ulong, void *)
WRONG(get_float, int)
WRONG(get_ldouble, double)
WRONG(get_color, long)
WRONG(get_string, char *)
WRONG(get_chars, long)
WRONG(get_ints, const char *)
WRONG(get_pointer, const char *)
WRONG(get_callback, long)
WRONG(get_point, struct pair)
WRONG(get_number, double)
WRONG(get_nothing, int)

#define CHECK_WRONG(function, type, is)                                                          \
    do {                                                                                         \
        const misuse wrong = {function##_wrong, "par: par_get(prices, 0, " #type "): " is "\n"}; \
        struct par_results *results = results_of(function##_future(), NULL, 0);                  \
        prices = results;                                                                        \
        check_trap(&wrong);                                                                      \
        par_results_free(results);                                                               \
    } while (0)

static void test_types_that_are_not_the_result_s(void **state)
{
    (void)state;
    CHECK_WRONG(get_bool, signed char, "the result of get_bool() is a bool, not a signed char");
    CHECK_WRONG(get_schar, short, "the result of get_schar() is a signed char, not a short");
    CHECK_WRONG(get_short, int, "the result of get_short() is a short, not an int");
    CHECK_WRONG(get_int, unsigned, "the result of get_int() is an int, not an unsigned int");
    CHECK_WRONG(get_long, double, "the result of get_long() is a long, not a double");
    CHECK_WRONG(get_uchar, char,
                "the result of get_uchar() is an unsigned char, not a signed char");
    CHECK_WRONG(get_unsigned, int, "the result of get_unsigned() is an unsigned int, not an int");
    CHECK_WRONG(get_ulong, void *, "the result of get_ulong() is an unsigned long, not a pointer");
    CHECK_WRONG(get_float, int, "the result of get_float() is a float, not an int");
    CHECK_WRONG(get_ldouble, double, "the result of get_ldouble() is a long double, not a double");
    CHECK_WRONG(get_color, long, "the result of get_color() is an unsigned int, not a long");
    CHECK_WRONG(get_string, char *, "the result of get_string() is a const char *, not a pointer");
    CHECK_WRONG(get_chars, long, "the result of get_chars() is a pointer, not a long");
    CHECK_WRONG(get_ints, const char *,
                "the result of get_ints() is a pointer, not a const char *");
    CHECK_WRONG(get_pointer, const char *,
                "the result of get_pointer() is a pointer, not a const char *");
    CHECK_WRONG(get_callback, long, "the result of get_callback() is a pointer, not a long");
    CHECK_WRONG(get_point, struct pair,
                "the result of get_point() is a struct of 16 bytes, not of 32");
    CHECK_WRONG(get_number, double, "the result of get_number() is a struct, not a double");
    CHECK_WRONG(get_nothing, int, "get_nothing() returns nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misuse_traps),
        cmocka_unit_test(test_names_where_there_are_none),
        cmocka_unit_test(test_types_that_are_not_the_result_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
