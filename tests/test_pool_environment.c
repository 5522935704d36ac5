/* test_pool_environment.c - what PAR_WORKERS and PAR_SPIN_US do: this program runs itself with them
 * set. */
#include "support.h"

#include <sched.h>

static const char *self;

static atomic_uint started;

static void on_start(unsigned index, void *context)
{
    (void)index;
    (void)context;
    atomic_fetch_add(&started, 1);
}

static int quick(int x)
{
    return x;
}
PAR_DECORATE(int, quick, (int, x))

/* In the process that was run: how many workers a pool has that asks for none. */
static int answer(void)
{
    par_pool *pool;
    PAR_AUTO(par_results) *results = NULL;
    if (par_pool_open(&pool, .max_threads = 5000, .on_thread_start = on_start,
                      .stack_size = UNDER_TSAN || UNDER_ASAN ? 0 : 65536) != 0)
        return 201;
    if (par(&results, par_list(quick_future(1)), .pool = pool, .timeout = LONG) != 0)
        return 202;
    if (par_pool_close(pool, LONG) != 0)
        return 203;
    unsigned workers = atomic_load(&started); /* each has started by now, and no spare one */
    return workers < 200 ? (int)workers : 204;
}

/* The exit status of this program run with the variable, `variable=value`, and told to answer. */
static int ask(const char *variable)
{
    const char *arguments[] = {self, "answer", NULL};
    const char *environment[] = {variable, NULL};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        execve(self, (char **)(uintptr_t)arguments, (char **)(uintptr_t)environment);
        _exit(250);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_workers(void **state)
{
    (void)state;
    int usual = ask("NOTHING=1");
    cpu_set_t cpus;
    assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
    assert_in_range(usual, 1, CPU_COUNT(&cpus));
    assert_int_equal(ask("PAR_WORKERS=3"), 3);
    assert_int_equal(ask("PAR_WORKERS=1"), 1);
    assert_int_equal(ask("PAR_WORKERS=20"), 20);
    const char *const nonsense[] = {
        "PAR_WORKERS=banana", "PAR_WORKERS=0",    "PAR_WORKERS=99999",
        "PAR_WORKERS=",       "PAR_WORKERS=-3",   "PAR_WORKERS=+3",
        "PAR_WORKERS= 3",     "PAR_WORKERS=3 ",   "PAR_WORKERS=3.0",
        "PAR_WORKERS=0x3",    "PAR_WORKERS=4097", "PAR_WORKERS=99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++)
        assert_int_equal(ask(nonsense[i]), usual);
}

static void test_spin(void **state)
{
    (void)state;
    const char *const values[] = {"PAR_SPIN_US=0", "PAR_SPIN_US=100", "PAR_SPIN_US=banana",
                                  "PAR_SPIN_US=99999999"};
    int usual = ask("NOTHING=1");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ask(values[i]), usual);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_spin),
    };
    self = argv[0];
    if (argc > 1)
        return answer();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
