/* client.c - sockets that do not block, and poll(), which does: until the deadline of the task's call,
 * in steps that let it notice when it is cancelled. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../api/par.h"

enum { GLANCE_MS = 10, MAX_ANSWER = 1000 };

/* How long to wait for the network before asking again whether to go on. */
static int wait_ms(void)
{
    double left = 1000 * par_time_left();
    return left < GLANCE_MS ? (int)ceil(left) : GLANCE_MS;
}

/* The functions below return 0 or an errno value. */

static int wait_for(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    while (!par_cancelled()) {
        int n = poll(&entry, 1, wait_ms());
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
    }
    return ECANCELED;
}

static int connect_to(int fd, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* Closing resets the connection, so that no port stays behind in TIME_WAIT. */
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)
        return errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    int rc = wait_for(fd, POLLOUT), error = 0;
    socklen_t size = sizeof(error);
    if (rc == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        rc = errno;
    return rc != 0 ? rc : error;
}

/* All of it at once: the buffer of a new connection has room for it. */
static int send_request(int fd, const char *path)
{
    char text[200];
    int size = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    if (size < 0 || (size_t)size >= sizeof(text))
        return ENAMETOOLONG;
    ssize_t sent = send(fd, text, (size_t)size, MSG_NOSIGNAL);
    return sent == size ? 0 : sent < 0 ? errno : EIO;
}

/* The body, once all of the answer is there; NULL before. */
static const char *whole_body(const char *answer)
{
    static const char field[] = "\r\nContent-Length:";
    const char *end = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, field);
    if (end == NULL || length == NULL || length > end)
        return NULL;
    const char *body = end + strlen("\r\n\r\n");
    return strlen(body) >= strtoul(length + strlen(field), NULL, 10) ? body : NULL;
}

static int receive(int fd, char answer[MAX_ANSWER + 1], const char **body)
{
    size_t size = 0;
    while ((*body = whole_body(answer)) == NULL) {
        int rc = wait_for(fd, POLLIN);
        if (rc != 0)
            return rc;
        ssize_t n = recv(fd, answer + size, MAX_ANSWER - size, 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return errno;
        if (n == 0)
            return EPROTO;
        size += n > 0 ? (size_t)n : 0;
        answer[size] = '\0';
    }
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0 ? 0 : EPROTO;
}

char *client_get(unsigned port, const char *path)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return par_fail(errno, "no socket"), NULL;
    char answer[MAX_ANSWER + 1] = "", *copy = NULL;
    const char *body = NULL;
    int rc = connect_to(fd, port);
    if (rc == 0)
        rc = send_request(fd, path);
    if (rc == 0)
        rc = receive(fd, answer, &body);
    close(fd);
    if (rc == 0 && (copy = strdup(body)) == NULL)
        rc = ENOMEM;
    if (rc != 0)
        par_fail(rc, "no answer for %s", path);
    return copy;
}
