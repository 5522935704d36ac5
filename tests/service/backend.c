/* backend.c - one thread of libmicrohttpd's for all connections. A request is not delayed by sleeping
 * in it: its connection is suspended, and resumed by the clock thread when it is due, after which
 * libmicrohttpd asks for the answer once more. */
#include "backend.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_CONNECTIONS = 400, MEMORY_OF_EACH = 4096, STALL_PERCENT = 5 };

typedef struct request {
    struct request *next;
    struct MHD_Connection *connection;
    int64_t due; /* nanoseconds of CLOCK_MONOTONIC */
    enum { ARRIVED, HELD } state;
} request;

struct backend {
    struct MHD_Daemon *daemon;
    unsigned short random[3]; /* the thread's that serves */
    pthread_t clock;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    request *held; /* the first is due first */
    bool stopping;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* --- The delay -------------------------------------------------------------------------------- */

static int64_t between_ms(backend *server, long least, long most)
{
    const long us = 1000;
    return (least * us + nrand48(server->random) % ((most - least) * us)) * INT64_C(1000);
}

static int64_t draw_delay(backend *server)
{
    bool stalls = nrand48(server->random) % 100 < STALL_PERCENT;
    return stalls ? between_ms(server, 50, 500) : between_ms(server, 2, 6);
}

/* Suspends the request's connection; not any more when the server is stopping. */
static bool hold(backend *server, request *one)
{
    int64_t due = now_ns() + draw_delay(server);
    pthread_mutex_lock(&server->lock);
    bool held = !server->stopping;
    if (held) {
        request **place = &server->held;
        while (*place != NULL && (*place)->due <= due)
            place = &(*place)->next;
        *one = (request){*place, one->connection, due, HELD};
        *place = one;
        MHD_suspend_connection(one->connection);
        pthread_cond_signal(&server->changed);
    }
    pthread_mutex_unlock(&server->lock);
    return held;
}

/* The clock thread: resumes each request when it is due, all of them when the server stops. */
static void *run_clock(void *argument)
{
    backend *server = argument;
    pthread_mutex_lock(&server->lock);
    while (!server->stopping || server->held != NULL) {
        request *first = server->held;
        if (first == NULL) {
            pthread_cond_wait(&server->changed, &server->lock);
        } else if (!server->stopping && first->due > now_ns()) {
            struct timespec until = {.tv_sec = (time_t)(first->due / 1000000000),
                                     .tv_nsec = (long)(first->due % 1000000000)};
            pthread_cond_clockwait(&server->changed, &server->lock, CLOCK_MONOTONIC, &until);
        } else {
            server->held = first->next;
            MHD_resume_connection(first->connection);
        }
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* --- What libmicrohttpd calls ----------------------------------------------------------------- */

static enum MHD_Result reply(struct MHD_Connection *connection, const char *url)
{
    char what[32], body[80] = "no such page";
    long long item;
    bool found = sscanf(url, "/%31[a-z]/%lld", what, &item) == 2;
    if (found)
        snprintf(body, sizeof(body), "%s of %lld", what, item);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result =
        MHD_queue_response(connection, found ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, response);
    MHD_destroy_response(response);
    return result;
}

/* Called for each request when its headers have come, again to be answered, and once more after the
 * connection has been resumed. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)method;
    (void)version;
    (void)upload;
    request *one = *state;
    if (one == NULL) {
        *state = one = calloc(1, sizeof(*one));
        if (one == NULL)
            return MHD_NO;
        one->connection = connection;
        return MHD_YES;
    }
    *upload_size = 0;
    if (one->state == ARRIVED && hold(context, one))
        return MHD_YES;
    return reply(connection, url);
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

/* --- Start and stop --------------------------------------------------------------------------- */

static void free_backend(backend *server)
{
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

int backend_start(backend **out, uint64_t seed)
{
    *out = NULL;
    backend *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return ENOMEM;
    memcpy(made->random, &seed, sizeof(made->random));
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    int rc = pthread_create(&made->clock, NULL, run_clock, made);
    if (rc != 0) {
        free_backend(made);
        return rc;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    made->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, made,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_OF_EACH,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
    if (made->daemon == NULL) {
        backend_stop(made);
        return EAGAIN;
    }
    *out = made;
    return 0;
}

unsigned backend_port(const backend *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void backend_stop(backend *server)
{
    /* libmicrohttpd must not be stopped while connections are suspended: first the clock resumes
     * them all, and hold() suspends no more. */
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_signal(&server->changed);
    pthread_mutex_unlock(&server->lock);
    pthread_join(server->clock, NULL);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    free_backend(server);
}
