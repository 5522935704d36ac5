/* exchange.c - an HTTP server that answers late.
 *
 * libmicrohttpd serves all connections of an exchange with one thread. A request is not delayed by
 * sleeping in that thread: its connection is suspended, entered in `held`, and resumed by the clock
 * thread when it is due, after which libmicrohttpd asks for the answer once more.
 */
#include "exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "series.h"

enum { BTC, ETH, CURRENCIES, MAX_CONNECTIONS = 2000 };

typedef struct held_request {
    struct held_request *next;
    struct MHD_Connection *connection;
    long long arrived; /* nanoseconds of CLOCK_MONOTONIC */
    enum { ARRIVED, HELD } state;
} held_request;

struct exchange {
    exchange_kind kind;
    char url[40];
    int socket; /* of an exchange that is down; -1 once libmicrohttpd owns it */
    price_series series[CURRENCIES];
    struct MHD_Daemon *daemon; /* NULL when down */
    bool clock_runs;
    pthread_t clock;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    held_request *held, **held_end; /* in the order of arrival: the first is due first */
    unsigned n_held, peak, delay_ms;
    bool stopping;
};

static const char *const names[EXCHANGES] = {"bitstamp", "bitfinex", "coinbase"};

/* ---- the answers ---- */

static bool not_found(char *body, size_t size, const char *why)
{
    snprintf(body, size, "{\"error\": \"%s\"}", why);
    return false;
}

static const price_series *find_series(const exchange *server, const char *currency)
{
    if (strcmp(currency, "BTC") == 0 || strcmp(currency, "btc") == 0)
        return &server->series[BTC];
    if (strcmp(currency, "ETH") == 0 || strcmp(currency, "eth") == 0)
        return &server->series[ETH];
    return NULL;
}

/* "5m", "2h": how many minutes; 0 when it is not a period. */
static unsigned minutes_of(const char *period)
{
    unsigned number = 0;
    char unit = '\0', rest = '\0';
    if (sscanf(period, "%3u%c%c", &number, &unit, &rest) != 2)
        return 0;
    return unit == 'm' ? number : unit == 'h' ? 60 * number : 0;
}

/* If `url` is prefix, a word and suffix, the word. */
static bool word_between(const char *url, const char *prefix, const char *suffix, char *word,
                         size_t size)
{
    size_t length = strlen(url), before = strlen(prefix), after = strlen(suffix);
    if (length < before + after || length - before - after >= size ||
        strncmp(url, prefix, before) != 0 || strcmp(url + length - after, suffix) != 0)
        return false;
    memcpy(word, url + before, length - before - after);
    word[length - before - after] = '\0';
    return true;
}

static bool answer_bitstamp(const exchange *server, const char *url, long long at, char *body,
                            size_t size)
{
    char currency[16];
    if (!word_between(url, "/api/v2/ticker/", "usd/", currency, sizeof currency))
        return not_found(body, size, "no such page");
    const price_series *series = find_series(server, currency);
    if (series == NULL)
        return not_found(body, size, "unknown currency");

    series_candle day = series_candle_of(series, series_at(series, at), 24 * 60);
    snprintf(body, size,
             "{\"timestamp\": \"%lld\", \"open\": \"%.2f\", \"high\": \"%.2f\", \"low\": \"%.2f\", "
             "\"last\": \"%.2f\", \"volume\": \"%.8f\"}",
             day.time, day.open, day.high, day.low, day.close, day.volume);
    return true;
}

static bool answer_bitfinex(const exchange *server, const char *url, long long at, char *body,
                            size_t size)
{
    char word[32];
    char *currency;
    if (!word_between(url, "/v2/candles/trade:", "USD/last", word, sizeof word) ||
        (currency = strstr(word, ":t")) == NULL)
        return not_found(body, size, "no such page");
    *currency = '\0';
    currency += strlen(":t");
    const price_series *series = find_series(server, currency);
    unsigned minutes = minutes_of(word);
    if (series == NULL || minutes == 0)
        return not_found(body, size, series == NULL ? "unknown currency" : "unknown period");

    series_candle candle = series_candle_of(series, series_at(series, at), minutes);
    snprintf(body, size, "[%lld,%.2f,%.2f,%.2f,%.2f,%.8f]", 1000 * candle.time, candle.open,
             candle.close, candle.high, candle.low, candle.volume);
    return true;
}

static bool answer_coinbase(const exchange *server, const char *url, long long at, char *body,
                            size_t size)
{
    char currency[16];
    if (!word_between(url, "/v2/prices/", "-USD/spot", currency, sizeof currency))
        return not_found(body, size, "no such page");
    const price_series *series = find_series(server, currency);
    if (series == NULL)
        return not_found(body, size, "unknown currency");

    snprintf(body, size,
             "{\"data\": {\"base\": \"%s\", \"currency\": \"USD\", \"amount\": \"%.2f\"}}",
             currency, series->rows[series_at(series, at)].price);
    return true;
}

static enum MHD_Result reply(const exchange *server, struct MHD_Connection *connection,
                             const char *url)
{
    static bool (*const answers[EXCHANGES])(const exchange *, const char *, long long, char *,
                                            size_t) = {answer_bitstamp, answer_bitfinex,
                                                       answer_coinbase};
    const char *at = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "at");
    const price_series *any = &server->series[BTC];
    long long time = at != NULL ? strtoll(at, NULL, 10) : any->rows[any->n - 1].time;

    char body[512];
    bool found = answers[server->kind](server, url, time, body, sizeof body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    enum MHD_Result result =
        MHD_queue_response(connection, found ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- the delay ---- */

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Suspends the request's connection for the delay; not any more when the exchange is stopping. */
static bool hold(exchange *server, held_request *request)
{
    pthread_mutex_lock(&server->lock);
    bool held = !server->stopping && server->delay_ms > 0;
    if (held) {
        MHD_suspend_connection(request->connection);
        request->arrived = now_ns();
        *server->held_end = request;
        server->held_end = &request->next;
        if (++server->n_held > server->peak)
            server->peak = server->n_held;
        pthread_cond_signal(&server->changed);
    }
    request->state = HELD;
    pthread_mutex_unlock(&server->lock);
    return held;
}

/* The clock thread: resumes each request when it is due, all of them when the exchange stops. */
static void *run_clock(void *argument)
{
    exchange *server = argument;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping || server->held != NULL) {
        held_request *first = server->held;
        long long due = first == NULL ? 0 : first->arrived + server->delay_ms * 1000000LL;
        if (first == NULL) {
            pthread_cond_wait(&server->changed, &server->lock);
        } else if (!server->stopping && due > now_ns()) {
            struct timespec until = {.tv_sec = (time_t)(due / 1000000000LL),
                                     .tv_nsec = (long)(due % 1000000000LL)};
            pthread_cond_timedwait(&server->changed, &server->lock, &until);
        } else {
            server->held = first->next;
            if (server->held == NULL)
                server->held_end = &server->held;
            server->n_held--;
            MHD_resume_connection(first->connection);
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* ---- what libmicrohttpd calls ---- */

/* Called for each request when its headers have come, again to be answered, and once more after the
 * connection has been resumed. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    exchange *server = context;
    held_request *request = *state;
    if (request == NULL) {
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
            return MHD_NO;
        *state = request = calloc(1, sizeof *request);
        if (request == NULL)
            return MHD_NO;
        request->connection = connection;
        return MHD_YES;
    }
    *upload_size = 0;
    if (request->state == ARRIVED && hold(server, request))
        return MHD_YES;
    return reply(server, connection, url);
}

static void on_end(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode how)
{
    (void)context;
    (void)connection;
    (void)how;
    free(*state);
    *state = NULL;
}

/* ---- start and stop ---- */

static int read_data(exchange *server, const char *folder)
{
    static const char *const currencies[CURRENCIES] = {"btc", "eth"};
    for (int i = 0; i < CURRENCIES; i++) {
        char path[4096];
        int n =
            snprintf(path, sizeof path, "%s/%s-%s.csv", folder, names[server->kind], currencies[i]);
        if (n < 0 || (size_t)n >= sizeof path)
            return ENAMETOOLONG;
        int error = series_read(&server->series[i], path);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Takes a port. While the socket is bound nobody else gets the port, listening or not. */
static int take_port(exchange *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->socket < 0 ||
        bind(server->socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(server->socket, (struct sockaddr *)&address, &size) != 0)
        return errno;
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u",
             (unsigned)ntohs(address.sin_port));
    return 0;
}

static int serve(exchange *server)
{
    int error = pthread_create(&server->clock, NULL, run_clock, server);
    server->clock_runs = error == 0;
    if (error != 0)
        return error;
    if (listen(server->socket, 1024) != 0)
        return errno;
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)server->socket, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
    if (server->daemon == NULL)
        return EAGAIN;
    server->socket = -1;
    return 0;
}

int exchange_start(exchange **out, exchange_kind kind, exchange_options options)
{
    *out = NULL;
    exchange *made = calloc(1, sizeof *made);
    if (made == NULL)
        return ENOMEM;
    made->kind = kind;
    made->socket = -1;
    made->held_end = &made->held;
    made->delay_ms = options.delay_ms;
    pthread_mutex_init(&made->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&made->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);

    int error = read_data(made, options.data);
    if (error == 0)
        error = take_port(made);
    if (error == 0 && !options.down)
        error = serve(made);
    if (error != 0) {
        exchange_stop(made);
        return error;
    }
    *out = made;
    return 0;
}

void exchange_stop(exchange *server)
{
    if (server == NULL)
        return;
    /* libmicrohttpd must not be stopped while connections are suspended: first the clock resumes
     * them all, and hold() suspends no more. */
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
    if (server->clock_runs)
        pthread_join(server->clock, NULL);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    if (server->socket >= 0)
        close(server->socket);
    for (int i = 0; i < CURRENCIES; i++)
        series_free(&server->series[i]);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *exchange_name(exchange_kind kind)
{
    return names[kind];
}

const char *exchange_url(const exchange *server)
{
    return server->url;
}

unsigned exchange_set_delay(exchange *server, unsigned delay_ms)
{
    pthread_mutex_lock(&server->lock);
    unsigned before = server->delay_ms;
    server->delay_ms = delay_ms;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
    return before;
}

unsigned exchange_take_peak(exchange *server)
{
    pthread_mutex_lock(&server->lock);
    unsigned peak = server->peak;
    server->peak = server->n_held;
    pthread_mutex_unlock(&server->lock);
    return peak;
}
