/* test_pool_threads.c - a pool's threads as others see them: names, signals, on_thread_start. */
#include "support.h"

#include <dirent.h>

/* How many threads of this process have the name. */
static int threads_named(const char *wanted)
{
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        char path[300], name[32] = "";
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(name, sizeof(name), file) != NULL)
            name[strcspn(name, "\n")] = '\0';
        n += strcmp(name, wanted) == 0;
        fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return n;
}

static unsigned started_mask;
static pthread_mutex_t started_mutex = PTHREAD_MUTEX_INITIALIZER;
static gate started = GATE;

static void on_start(unsigned index, void *context)
{
    ENSURE(context == &started);
    pthread_mutex_lock(&started_mutex);
    started_mask |= 1U << index;
    pthread_mutex_unlock(&started_mutex);
    gate_arrive(&started);
}

static void test_names_and_on_thread_start(void **state)
{
    par_pool *pool;
    (void)state;
    started_mask = 0;
    gate_reset(&started);
    assert_int_equal(par_pool_open(&pool, .workers = 3, .name = "images",
                                   .on_thread_start = on_start, .context = &started),
                     0);
    assert_arrived(&started, 3);
    assert_int_equal(started_mask, 7);
    assert_int_equal(threads_named("images/0"), 1);
    assert_int_equal(threads_named("images/1"), 1);
    assert_int_equal(threads_named("images/2"), 1);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(threads_named("images/0"), 0);
    par_pool_close(par_pool_default(), LONG);
    assert_int_equal(
        par_pool_open(&pool, .workers = 1, .on_thread_start = on_start, .context = &started), 0);
    assert_arrived(&started, 4);
    assert_int_equal(threads_named("par/0"), 1);
    assert_int_equal(par_pool_close(pool, LONG), 0);
}

/* Every signal that can be is blocked in workers; the caller's mask is as it was. */
static int signals_open(void)
{
    sigset_t mask;
    int n = 0;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int s = 1; s <= SIGRTMAX; s++) {
        bool own = s == SIGKILL || s == SIGSTOP || (s > 31 && s < SIGRTMIN);
        n += !own && sigismember(&mask, s) == 0;
    }
    return n;
}
PAR_DECORATE(int, signals_open)

static void test_signals(void **state)
{
    par_pool *pool;
    sigset_t before, after;
    PAR_AUTO(par_results) *results = NULL;
    (void)state;
    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    sigaddset(&before, SIGRTMIN + 3);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    assert_int_equal(par_pool_open(&pool, .workers = 2), 0);
    assert_int_equal(par(&results, par_list(signals_open_future(), signals_open_future()),
                         .pool = pool, .timeout = LONG, .max_workers = 5),
                     0);
    assert_int_equal(par_get(results, 0, int), 0);
    assert_int_equal(par_get(results, 1, int), 0);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int s = 1; s <= SIGRTMAX; s++)
        assert_int_equal(sigismember(&before, s), sigismember(&after, s));
    sigemptyset(&before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_on_thread_start),
        cmocka_unit_test(test_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
