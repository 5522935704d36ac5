/* test_exit.c - a process may end at any moment, with tasks in flight, and by any way out; and a
 * program may load the library, use it and let go of it. */
#include "support.h"

#include <dlfcn.h>

static gate running = GATE;

static int endless(void)
{
    gate_arrive(&running);
    par_blocking_begin();
    for (;;)
        nap(0.001);
    return 0;
}
PAR_DECORATE(int, endless)

static int busy(int x)
{
    for (volatile int i = 0; i < 2000; i++)
        ;
    return x;
}
PAR_DECORATE(int, busy, (int, x))

static void call_at_exit(void)
{
    PAR_AUTO(par_results) *results = NULL;
    int rc = par(&results, par_list(busy_future(1), busy_future(2)), .timeout = 5);
    if (rc != 0 || par_get(results, 1, int) != 2)
        _exit(90);
}

static void *keep_calling(void *unused)
{
    for (;;) {
        par_results *results;
        ENSURE(par(&results, par_list(busy_future(1), busy_future(2))) == 0);
        par_results_free(results);
    }
    return unused;
}

typedef struct way {
    void (*leave)(int status);
    bool at_exit; /* a handler makes a call */
    bool flood;   /* other threads make calls meanwhile */
    bool held;    /* tasks that never end */
    int status;
} way;

static void leave_by(void *argument)
{
    const way *w = argument;
    par_async *async = NULL;
    par_async *many = NULL;
    par_task tasks[1000];
    pthread_t thread;
    if (w->at_exit)
        atexit(call_at_exit);
    for (int i = 0; i < 1000; i++)
        tasks[i] = busy_future(i);
    if (w->held) {
        ENSURE(async_par(&async, par_list(endless_future(), endless_future()), .max_workers = 2) ==
               0);
        ENSURE(gate_wait_for(&running, 2, LONG));
    }
    ENSURE(async_par(&many, par_array(tasks, 1000), .max_workers = 4) == 0);
    if (w->flood)
        ENSURE(pthread_create(&thread, NULL, keep_calling, NULL) == 0);
    if (w->held && w->flood)
        ENSURE(par_async_fd(many) >= 0);
    w->leave(w->status);
}

static void leave_at_once(int status)
{
    _exit(status);
}

/* Returning from main() is exit() of what it returns: __libc_start_main calls it. */
static void leave_by_exit(int status)
{
    exit(status);
}

static void leave_quickly(int status)
{
    quick_exit(status);
}

static void test_ways_out(void **state)
{
    (void)state;
    void (*const leaves[])(int) = {leave_at_once, leave_by_exit, leave_quickly};
    int rounds = UNDER_TSAN || UNDER_ASAN ? 1 : 10;
    for (int round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < 3 * 8; i++) {
            way w = {.leave = leaves[i % 3],
                     .at_exit = i / 3 & 1,
                     .flood = i / 6 & 1,
                     .held = i / 12 & 1,
                     .status = (int)i + 1};
            if (UNDER_ASAN && w.leave == leave_by_exit)
                continue; /* what is in flight would count as leaked */
            assert_child_exits(in_child(leave_by, &w), (int)i + 1);
        }
    }
}

/* A task itself ends the process. */
static int leave_in_task(int status)
{
    exit(status);
}
PAR_DECORATE(int, leave_in_task, (int, status))

static void exit_in_a_task(void *timed)
{
    par_results *results;
    par(&results, par_list(busy_future(1), leave_in_task_future(33), busy_future(2)),
        .timeout = timed != NULL ? LONG : 0);
    _exit(91);
}

static void test_exit_in_a_task(void **state)
{
    int timed;
    (void)state;
    if (UNDER_ASAN)
        return;
    assert_child_exits(in_child(exit_in_a_task, NULL), 33);
    assert_child_exits(in_child(exit_in_a_task, &timed), 33);
}

/* A thread that has used the library ends, and another. */
static void *use_once(void *unused)
{
    PAR_AUTO(par_results) *results = NULL;
    ENSURE(par(&results, par_list(busy_future(1), busy_future(2))) == 0);
    return unused;
}

static void test_threads_that_end(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, use_once, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
}

/* The shared library beside this program, if there is one: loaded, used and let go of, with its
 * threads alive. */
#ifndef PAR_LIBRARY
#define PAR_LIBRARY "../libpar.so"
#endif

static void load_and_use(void *path)
{
    for (int i = 0; i < 20; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL)
            _exit(77);
        int (*run)(par_results **, par_calls, const par_options *);
        int (*start)(par_async **, par_calls, const par_options *);
        void (*detach)(par_async *);
        void (*release)(par_results *);
        *(void **)(void *)&run = dlsym(library, "par_run");
        *(void **)(void *)&start = dlsym(library, "par_start");
        *(void **)(void *)&detach = dlsym(library, "par_async_detach");
        *(void **)(void *)&release = dlsym(library, "par_results_free");
        ENSURE(run != NULL && start != NULL && detach != NULL && release != NULL);
        par_results *results;
        par_async *async;
        par_task tasks[50];
        for (int k = 0; k < 50; k++)
            tasks[k] = busy_future(k);
        ENSURE(run(&results, par_array(tasks, 50), NULL) == 0);
        release(results);
        ENSURE(start(&async, par_array(tasks, 50), NULL) == 0);
        detach(async);
        ENSURE(dlclose(library) == 0);
    }
    nap(0.01); /* its workers run on, and sleep */
    exit(0);
}

static char library_path[PATH_MAX];

static void test_dlopen(void **state)
{
    (void)state;
    if (UNDER_TSAN || UNDER_ASAN || access(library_path, R_OK) != 0) {
        printf("test_dlopen is left out: no %s\n", library_path);
        return;
    }
    assert_child_exits(in_child(load_and_use, library_path), 0);
}

#if UNDER_TSAN
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0:report_thread_leaks=0";
}
#endif

int main(int argc, char **argv)
{
    /* Children are forked before this process has a thread. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways_out),
        cmocka_unit_test(test_exit_in_a_task),
        cmocka_unit_test(test_dlopen),
        cmocka_unit_test(test_threads_that_end),
    };
    snprintf(library_path, sizeof(library_path), "%s", argc > 0 ? argv[0] : "");
    char *slash = strrchr(library_path, '/');
    snprintf(slash != NULL ? slash + 1 : library_path,
             sizeof(library_path) - (size_t)(slash != NULL ? slash + 1 - library_path : 0), "%s",
             PAR_LIBRARY);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
