/* test_memory.c - each allocation fails once: the n-th, for every n until a run makes fewer. Every
 * call then answers PAR_ENOMEM with nothing, or a proper result; nothing leaks, and the pool serves
 * the next call. malloc() and its like are the linker's wraps: tests/CMakeLists.txt. */
#include "support.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
int __real_vasprintf(char **text, const char *format, va_list arguments);
int __real___vasprintf_chk(char **text, int flag, const char *format, va_list arguments);
FILE *__real_open_memstream(char **text, size_t *size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);
int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments);
FILE *__wrap_open_memstream(char **text, size_t *size);
void __wrap_free(void *memory);

/* Counts down to the one that fails; below 0: none does. */
static atomic_long countdown = -1;
static atomic_bool failed;
static atomic_long live; /* allocations not freed yet */

static bool fails_now(void)
{
    if (atomic_load(&countdown) < 0 || atomic_fetch_sub(&countdown, 1) != 0)
        return false;
    atomic_store(&failed, true);
    return true;
}

static void *counted(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add(&live, 1);
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (fails_now())
        return NULL;
    void *moved = __real_realloc(memory, size);
    return memory == NULL ? counted(moved) : moved;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : counted(__real_aligned_alloc(alignment, size));
}

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    if (fails_now())
        return -1; /* *text is undefined then */
    int length = __real_vasprintf(text, format, arguments);
    if (length >= 0)
        atomic_fetch_add(&live, 1);
    return length;
}

/* What vasprintf() is called in fortified builds. */
int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments)
{
    if (fails_now())
        return -1;
    int length = __real___vasprintf_chk(text, flag, format, arguments);
    if (length >= 0)
        atomic_fetch_add(&live, 1);
    return length;
}

/* What it allocates is counted from here to the free() of its text. */
FILE *__wrap_open_memstream(char **text, size_t *size)
{
    if (fails_now())
        return NULL;
    FILE *file = __real_open_memstream(text, size);
    if (file != NULL)
        atomic_fetch_add(&live, 1);
    return file;
}

void __wrap_free(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub(&live, 1);
    __real_free(memory);
}

static atomic_int released, runs, drops;

static const char *text_of(const char *text, int x)
{
    (void)x;
    atomic_fetch_add(&runs, 1);
    return text;
}
PAR_DECORATE(const char *, text_of, (const char *, text), (int, x, 3))

static const char *fail_text(const char *text)
{
    atomic_fetch_add(&runs, 1);
    par_fail(ENOENT, "no %s here", text);
    return NULL;
}
PAR_DECORATE(const char *, fail_text, (const char *, text))

static void count_drop(void *result)
{
    (void)result;
    atomic_fetch_add(&drops, 1);
}

#define LONG_TEXT "a text that is longer than what a call sets aside for each of its strings"
#define COMMON    .pool = pool, .on_release = count_release, .context = &released, .drop = count_drop

/* Whatever failed, what came back makes sense. */
static void check_results(int rc, const par_results *results, size_t n)
{
    ENSURE((results == NULL) == (rc == PAR_ENOMEM));
    ENSURE(par_message(results) != NULL);
    ENSURE((*par_message(results) == '\0') == (rc == 0));
    ENSURE(results == NULL || par_count(results) == n);
    for (size_t i = 0; i < par_count(results); i++) {
        const par_slot *slot = par_at(results, i);
        ENSURE(slot->message != NULL);
        ENSURE((slot->status == PAR_DONE) == (slot->code == 0 && slot->status != PAR_NOT_STARTED));
    }
}

static void run_named(par_pool *pool)
{
    par_named_task tasks[12];
    char names[12][16];
    par_results *results;
    for (int i = 0; i < 12; i++) {
        snprintf(names[i], sizeof(names[i]), "n%d", i);
        tasks[i] = (par_named_task){names[i], par_future(text_of, LONG_TEXT)};
    }
    int rc = par(&results, par_named_array(tasks, 12), COMMON);
    ENSURE(rc == 0 || rc == PAR_ENOMEM);
    check_results(rc, results, 12);
    for (int i = 0; i < 12 && rc == 0; i++)
        ENSURE(strcmp(par_get(results, names[i], const char *), LONG_TEXT) == 0);
    par_results_free(results);
}

static void run_extras_silent(par_pool *pool)
{
    par_results *results;
    int rc = par(&results, par_list(par_future(text_of, "a"), fail_text_future("b")), COMMON,
                 .extras = par_extras(par_kw(x, 4)), .silent = true);
    ENSURE(rc == 0 || rc == PAR_ENOMEM);
    check_results(rc, results, 2);
    if (rc == 0)
        ENSURE(par_at(results, 1)->code == ENOENT && par_failures(results) == 1);
    par_results_free(results);
}

static void run_failing(par_pool *pool)
{
    par_results *results;
    int rc = par(&results, par_named({"a", fail_text_future(LONG_TEXT)}), COMMON);
    ENSURE(rc == PAR_ETASK || rc == PAR_ENOMEM);
    check_results(rc, results, 1);
    par_results_free(results);
}

static void run_misfit(par_pool *pool)
{
    par_results *results;
    int rc = par(&results, par_list(par_future(text_of, 1, 2, 3)), COMMON);
    ENSURE(rc == PAR_EARGS || rc == PAR_ENOMEM);
    check_results(rc, results, 1);
    par_results_free(results);
    rc = par(&results, par_named({"a", fail_text_future(LONG_TEXT)}, {"a", fail_text_future("")}),
             COMMON);
    ENSURE(rc == PAR_ENAME || rc == PAR_ENOMEM);
    check_results(rc, results, 2);
    par_results_free(results);
    rc = par(&results, par_list(fail_text_future("")), COMMON, .timeout = -1);
    ENSURE(rc == PAR_EINVAL || rc == PAR_ENOMEM);
    check_results(rc, results, 1);
    par_results_free(results);
}

static void run_past(par_pool *pool)
{
    par_results *results;
    int rc = par(&results, par_list(fail_text_future("x")), COMMON, .deadline = 1);
    ENSURE(rc == PAR_ETIMEDOUT || rc == PAR_ENOMEM);
    check_results(rc, results, 1);
    par_results_free(results);
}

static atomic_int called;

static void call_back(par_async *async, void *argument)
{
    (void)async;
    atomic_fetch_add((atomic_int *)argument, 1);
}

static void run_async(par_pool *pool)
{
    par_async *async;
    const par_results *seen;
    int rc = async_par(&async, par_list(par_future(text_of, LONG_TEXT)), COMMON, .timeout = LONG);
    ENSURE(rc == 0 || rc == PAR_ENOMEM);
    ENSURE((async == NULL) == (rc == PAR_ENOMEM));
    if (rc != 0)
        return;
    int before = atomic_load(&called);
    int then = par_async_then(async, call_back, &called);
    ENSURE(then == 0 || then == PAR_ENOMEM || then == PAR_EAGAIN);
    int fd = par_async_fd(async);
    ENSURE(fd >= 0 || fd == PAR_ENOMEM || fd == PAR_EAGAIN);
    ENSURE(par_async_results(async, &seen) == 0);
    ENSURE(strcmp(par_get(seen, 0, const char *), LONG_TEXT) == 0);
    ENSURE(comes_to(&called, before + (then == 0)));
    par_async_free(async);
}

static void run_wide(par_pool *pool)
{
    par_task tasks[8];
    par_results *results;
    for (int i = 0; i < 8; i++)
        tasks[i] = par_future(text_of, "x");
    int rc = par(&results, par_array(tasks, 8), COMMON, .max_workers = 8, .timeout = LONG);
    ENSURE(rc == 0 || rc == PAR_ENOMEM);
    check_results(rc, results, 8);
    par_results_free(results);
}

#if PAR_HAS_FFI
static int add(int a, int b)
{
    return a + b;
}

static void run_foreign(par_pool *pool)
{
    par_results *results;
    int rc =
        par(&results, par_list(par_ffi_future(add, 1, 2), par_ffi_future(atoi, LONG_TEXT)), COMMON);
    ENSURE(rc == 0 || rc == PAR_ENOMEM);
    check_results(rc, results, 2);
    par_results_free(results);
}
#endif

/* In a pool that is there; what it keeps for later goes with it. */
static bool fail_one(void (*path)(par_pool *), unsigned workers, long n)
{
    par_pool *pool;
    long before = atomic_load(&live);
    assert_int_equal(par_pool_open(&pool, .workers = workers), 0);
    path(pool);
    atomic_store(&released, 0);
    atomic_store(&failed, false);
    atomic_store(&countdown, n);
    path(pool);
    atomic_store(&countdown, -1);
    assert_true(atomic_load(&released) > 0);
    path(pool);
    assert_int_equal(par_pool_close(pool, LONG), 0);
    assert_int_equal(atomic_load(&live), before);
    return atomic_load(&failed);
}

static void test_calls(void **state)
{
    void (*const paths[])(par_pool *) = {
        run_named,
        run_extras_silent,
        run_failing,
        run_misfit,
        run_past,
        run_async,
        run_wide,
#if PAR_HAS_FFI
        run_foreign,
#endif
    };
    (void)state;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
            long n = 0;
            while (fail_one(paths[i], workers, n))
                assert_true(++n < 1000);
            printf("path %zu on %u workers: %ld allocations\n", i, workers, n);
        }
    }
}

/* Opening a pool, and the default pool in a call. */
static void test_pools(void **state)
{
    bool again = true;
    (void)state;
    for (long n = 0; again; n++) {
        par_pool *pool = (par_pool *)1;
        long before = atomic_load(&live);
        atomic_store(&failed, false);
        atomic_store(&countdown, n);
        int rc = par_pool_open(&pool, .workers = 4);
        atomic_store(&countdown, -1);
        again = atomic_load(&failed);
        assert_true(rc == 0 || rc == PAR_ENOMEM);
        assert_true((pool == NULL) == (rc != 0));
        if (rc == 0) {
            run_wide(pool);
            assert_int_equal(par_pool_close(pool, LONG), 0);
        }
        assert_int_equal(atomic_load(&live), before);
    }
    again = true;
    for (long n = 0; again; n++) {
        par_results *results;
        long before = atomic_load(&live);
        atomic_store(&failed, false);
        atomic_store(&countdown, n);
        int rc = par(&results, par_list(par_future(text_of, "x")));
        atomic_store(&countdown, -1);
        again = atomic_load(&failed);
        assert_true(rc == 0 || rc == PAR_ENOMEM);
        /* With the results whole and the pool missing, they can say so. */
        assert_true(rc == PAR_ENOMEM || results != NULL);
        par_results_free(results);
        assert_int_equal(par_pool_close(par_pool_default(), LONG), 0);
        assert_int_equal(atomic_load(&live), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
