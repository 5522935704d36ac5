/* test_fork_misuse.c - with PAR_DEBUG a program whose spawns and joins do not pair ends by a trap, after
 * one line that names the function. */
#undef PAR_DEBUG
#define PAR_DEBUG 1

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <par.h>

PAR_FORKABLE(int, one)
{
    return 1;
}

PAR_FORKABLE(int, other)
{
    return 2;
}

PAR_FORKABLE(int, forgets)
{
    par_spawn(one);
    return 0;
}

PAR_FORKABLE(int, joins_too_much)
{
    return par_sync(one);
}

PAR_FORKABLE(int, joins_another)
{
    par_spawn(one);
    par_spawn(other);
    int sum = par_sync(one);
    return sum + par_sync(other);
}

PAR_FORKABLE(int, does_right)
{
    par_spawn(one);
    par_spawn(other);
    int sum = par_sync(other);
    return sum + par_sync(one);
}

static void run_forgets(void)
{
    forgets();
}
static void run_joins_too_much(void)
{
    joins_too_much();
}
static void run_joins_another(void)
{
    joins_another();
}

/* Runs it in a child, which ends by a trap after this line. */
static void expect(void (*run)(void), const char *message)
{
    int ends[2], status;
    char line[200] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        run();
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], line, sizeof(line) - 1);
    assert_true(length >= 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_string_equal(line, message);
    assert_true(WIFSIGNALED(status));
}

static void test_misuse_traps(void **state)
{
    (void)state;
    expect(run_forgets, "par: forgets(): it returns without having joined what it has spawned\n");
    expect(run_joins_too_much, "par: one(): par_sync() without a spawn\n");
    expect(run_joins_another, "par: one(): par_sync() does not name the newest spawn's function\n");
}

static void test_right_use_does_not(void **state)
{
    (void)state;
    assert_int_equal(does_right(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_misuse_traps),
        cmocka_unit_test(test_right_use_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
