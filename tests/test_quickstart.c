/* test_quickstart.c - the quickstart, part by part: what it shows for Python, in C. */
#include "support.h"

/* Made-up exchanges. */
static double get_price_bitstamp(const char *crypto, const char *period)
{
    return strcmp(crypto, "BTC") == 0 ? 7800.20 + (double)strlen(period) : 0;
}

static double get_price_bitfinex(const char *crypto, const char *period)
{
    if (strcmp(period, "5m") == 0)
        return par_fail(ECONNREFUSED, "%s is unreachable", crypto), (double)NAN;
    return 7821.89;
}

static double get_price_coinbase(const char *crypto)
{
    (void)crypto;
    return 7789.32;
}

PAR_DECORATE(double, get_price_bitstamp, (const char *, crypto), (const char *, period, "5m"))
PAR_DECORATE(double, get_price_bitfinex, (const char *, crypto), (const char *, period, "5m"))
PAR_DECORATE(double, get_price_coinbase, (const char *, crypto))

static bool same(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

/* @parallel.decorated, and running the original function verbatim */
static void test_decorated_functions_stay_as_they_are(void **state)
{
    (void)state;
    double (*plain)(const char *) = get_price_coinbase;
    assert_true(same(get_price_coinbase("BTC"), 7789.32));
    assert_true(same(plain("BTC"), 7789.32));
    errno = 0;
    assert_true(isnan(get_price_bitfinex("BTC", "5m")));
    assert_int_equal(errno, ECONNREFUSED);
}

/* par({...}) and prices.stamp, prices['stamp'], prices[0] */
static void test_named(void **state)
{
    PAR_AUTO(par_results) *prices = NULL;
    int rc = par(&prices,
                 par_named({"stamp", par_future(get_price_bitstamp, par_kw(crypto, "BTC"))},
                           {"finex", par_future(get_price_bitfinex, "BTC", par_kw(period, "10m"))},
                           {"base", get_price_coinbase_future("BTC")}),
                 .timeout = 10, .max_workers = 4, .silent = true, .pool = *state);
    assert_int_equal(rc, 0);
    assert_true(same(par_get(prices, "stamp", double), 7802.20));
    assert_true(same(par_get(prices, 0, double), 7802.20));
    assert_true(same(par_get(prices, "finex", double), 7821.89));
    assert_true(same(par_get(prices, 2, double), 7789.32));
    assert_int_equal(par_failures(prices), 0);
    par_named_task tasks[] = {{"only", get_price_coinbase_future("BTC")}};
    PAR_AUTO(par_results) *array = NULL;
    assert_int_equal(par(&array, par_named_array(tasks, 1), .pool = *state), 0);
    assert_true(same(par_get(array, "only", double), 7789.32));
}

/* par([...]) */
static void test_list(void **state)
{
    PAR_AUTO(par_results) *prices = NULL;
    const double expected[] = {7802.20, 7821.89, 7789.32};
    assert_int_equal(par(&prices,
                         par_list(par_future(get_price_bitstamp, "BTC"),
                                  par_future(get_price_bitfinex, "BTC", "1h"),
                                  par_future(get_price_coinbase, par_kw(crypto, "BTC"))),
                         .pool = *state),
                     0);
    for (int i = 0; i < 3; i++)
        assert_true(same(par_get(prices, i, double), expected[i]));
    assert_null(par_at(prices, 0)->name);
    par_task tasks[2];
    tasks[0] = get_price_bitstamp_future("BTC", "10m");
    tasks[1] = par_future(get_price_bitstamp, "BTC", par_kw(period, "10m"));
    PAR_AUTO(par_results) *array = NULL;
    assert_int_equal(par(&array, par_array(tasks, 2), .pool = *state), 0);
    assert_true(same(par_get(array, 0, double), par_get(array, 1, double)));
}

/* parallel.future(g, ...) for a function that is not decorated */
#if PAR_HAS_FFI
static double not_decorated(const char *crypto, int factor)
{
    return (double)strlen(crypto) * factor;
}

static void test_not_decorated(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results,
                         par_list(par_ffi_future(not_decorated, "BTC", 3),
                                  par_ffi_future(pow, 2.0, 10.0), par_ffi_future(labs, -5L)),
                         .pool = *state),
                     0);
    assert_true(same(par_get(results, 0, double), 9));
    assert_true(same(par_get(results, 1, double), 1024));
    assert_int_equal(par_get(results, 2, long), 5);
}
#endif

/* extras={...}: the task's own value wins */
static void test_extras(void **state)
{
    PAR_AUTO(par_results) *prices = NULL;
    assert_int_equal(
        par(&prices,
            par_list(par_future(get_price_bitstamp, "BTC"), par_future(get_price_bitfinex, "BTC"),
                     par_future(get_price_bitstamp, "BTC", par_kw(period, "")),
                     par_future(get_price_coinbase, "BTC")),
            .extras = par_extras(par_kw(period, "10m")), .pool = *state),
        0);
    assert_true(same(par_get(prices, 0, double), 7803.20));
    assert_true(same(par_get(prices, 1, double), 7821.89));
    assert_true(same(par_get(prices, 2, double), 7800.20));
}

/* An exception: the whole call fails and says which task and why. */
static void test_failure(void **state)
{
    PAR_AUTO(par_results) *prices = NULL;
    assert_int_equal(par(&prices,
                         par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                   {"finex", par_future(get_price_bitfinex, "BTC")}),
                         .pool = *state),
                     PAR_ETASK);
    assert_non_null(strstr(par_message(prices), "finex"));
    assert_non_null(strstr(par_message(prices), "BTC is unreachable"));
}

static char *find_nothing(int error)
{
    errno = error;
    return NULL;
}
PAR_DECORATE(char *, find_nothing, (int, error))

static long below_zero(int error)
{
    errno = error;
    return -1;
}
PAR_DECORATE(long, below_zero, (int, error))

static void test_par_check(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    assert_int_equal(par(&results,
                         par_list(par_check(find_nothing_future(ENOENT), PAR_NULL),
                                  par_check(below_zero_future(0), PAR_NEGATIVE),
                                  par_check(par_future(below_zero, EPERM), PAR_NEGATIVE)),
                         .silent = true, .pool = *state),
                     0);
    assert_int_equal(par_at(results, 0)->code, ENOENT);
    assert_int_equal(par_at(results, 1)->code, EINVAL);
    assert_int_equal(par_at(results, 2)->code, EPERM);
}

/* silent=True: failures, succeeded, failed, FailedTask(params, kwargs, ex), replace_failed(x) */
static void test_silent(void **state)
{
    PAR_AUTO(par_results) *prices = NULL;
    size_t n;
    assert_int_equal(
        par(&prices,
            par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                      {"finex", par_future(get_price_bitfinex, "BTC", par_kw(period, "5m"))},
                      {"base", par_future(get_price_coinbase, "BTC")}),
            .silent = true, .pool = *state),
        0);
    assert_int_equal(par_failures(prices), 1);
    const par_slot *const *good = par_succeeded(prices, &n);
    assert_int_equal(n, 2);
    assert_string_equal(good[0]->name, "stamp");
    assert_string_equal(good[1]->name, "base");
    const par_slot *const *bad = par_failed(prices, &n);
    assert_int_equal(n, 1);
    assert_string_equal(bad[0]->name, "finex");
    assert_int_equal(bad[0]->index, 1);
    assert_string_equal(bad[0]->function, "get_price_bitfinex");
    assert_int_equal(bad[0]->n_args, 2);
    assert_string_equal(bad[0]->args[0].name, "crypto");
    assert_string_equal(bad[0]->args[0].as.s, "BTC");
    assert_string_equal(bad[0]->args[1].as.s, "5m");
    assert_int_equal(bad[0]->status, PAR_FAILED);
    assert_int_equal(bad[0]->code, ECONNREFUSED);
    assert_string_equal(bad[0]->message, "BTC is unreachable");
    assert_true(bad[0]->waited >= 0 && bad[0]->ran > 0);

    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    par_slot_print(file, bad[0]);
    fclose(file);
    const char *line = "finex: get_price_bitfinex(crypto=\"BTC\", period=\"5m\"): ECONNREFUSED: ";
    assert_memory_equal(text, line, strlen(line));
    free(text);

    double price = 1;
    assert_true(same(par_get_or(prices, "finex", double, -1), -1));
    assert_true(same(par_get_or(prices, "base", double, -1), 7789.32));
    assert_false(par_try_get(prices, "finex", &price));
    assert_true(same(price, 1));
    assert_true(par_try_get(prices, "base", &price));
    assert_true(same(price, 7789.32));
    assert_true(par_ok(prices, "stamp"));
    assert_false(par_ok(prices, 1));
}

/* timeout=10: for the whole call, not for each task */
static gate hold = GATE;

static int held(void)
{
    gate_pass(&hold);
    return 1;
}
PAR_DECORATE(int, held)

static void test_timeout(void **state)
{
    PAR_AUTO(par_results) *results = NULL;
    atomic_int released = 0;
    gate_reset(&hold);
    double before = now_seconds();
    assert_int_equal(par(&results, par_list(held_future(), held_future(), held_future()),
                         .timeout = 0.05, .max_workers = 1, .pool = *state,
                         .on_release = count_release, .context = &released),
                     PAR_ETIMEDOUT);
    assert_true(now_seconds() - before >= 0.05);
    assert_true(now_seconds() - before < 10);
    gate_open(&hold);
    assert_true(comes_to(&released, 1));
    assert_int_equal(par_failures(results), 3);
}

/* async_par(functions, max_workers=5) as ex: ex.results(timeout=4) */
static void test_async(void **state)
{
    atomic_int released = 0;
    gate_reset(&hold);
    {
        PAR_AUTO(par_async) *ex = NULL;
        const par_results *prices, *again;
        assert_int_equal(async_par(&ex,
                                   par_named({"stamp", par_future(get_price_bitstamp, "BTC")},
                                             {"base", par_future(get_price_coinbase, "BTC")},
                                             {"held", held_future()}),
                                   .max_workers = 5, .pool = *state, .on_release = count_release,
                                   .context = &released),
                         0);
        assert_int_equal(par_async_status(ex), PAR_STARTED);
        assert_int_equal(par_async_results(ex, &prices, .timeout = 0.02), PAR_ETIMEDOUT);
        gate_open(&hold);
        assert_int_equal(par_async_results(ex, &again, .timeout = LONG), 0);
        assert_ptr_equal(prices, again);
        assert_true(same(par_get(again, "base", double), 7789.32));
        assert_int_equal(par_async_status(ex), PAR_DONE);
    }
    assert_int_equal(atomic_load(&released), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DEFAULT(test_decorated_functions_stay_as_they_are),
        ON_POOLS(test_named),
        ON_POOLS(test_list),
#if PAR_HAS_FFI
        ON_POOLS(test_not_decorated),
#endif
        ON_POOLS(test_extras),
        ON_POOLS(test_failure),
        ON_POOLS(test_par_check),
        ON_POOLS(test_silent),
        ON_POOLS(test_timeout),
        ON_POOLS(test_async),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
