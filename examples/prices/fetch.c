/* fetch.c - libcurl, driven so that a task notices soon when it is to stop.
 *
 * curl_easy_perform() would ask its progress callback only once a second while nothing arrives.
 * Driving the transfer through the multi interface leaves the choice to us: GLANCE_MS.
 */
#include "fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <math.h>
#include <par.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { GLANCE_MS = 20, TIMEOUT_MS = 10000, MAX_BODY = 1 << 20 };

typedef struct answer_text {
    char *text; /* NUL-terminated */
    size_t size;
} answer_text;

static atomic_bool stopped;

void fetch_stop(void)
{
    atomic_store(&stopped, true);
}

bool fetch_stopped(void)
{
    return atomic_load(&stopped);
}

/* libcurl's write callback: anything but `n` makes the transfer fail. */
static size_t on_data(char *data, size_t one, size_t n, void *context)
{
    (void)one;
    answer_text *answer = context;
    if (n > MAX_BODY - answer->size)
        return 0;
    char *text = realloc(answer->text, answer->size + n + 1);
    if (text == NULL)
        return 0;
    memcpy(text + answer->size, data, n);
    answer->text = text;
    answer->size += n;
    text[answer->size] = '\0';
    return n;
}

/* How long to wait for the network before asking again whether to go on. */
static int wait_ms(void)
{
    double left = 1000 * par_time_left(); /* INFINITY without a deadline */
    return left < GLANCE_MS ? (int)ceil(left) : GLANCE_MS;
}

static CURLcode perform(CURLM *transfers)
{
    int running = 1;
    while (curl_multi_perform(transfers, &running) == CURLM_OK && running > 0) {
        if (par_cancelled() || fetch_stopped())
            return CURLE_ABORTED_BY_CALLBACK;
        curl_multi_poll(transfers, NULL, 0, wait_ms(), NULL);
    }
    int more;
    const CURLMsg *message = curl_multi_info_read(transfers, &more);
    return message != NULL ? message->data.result : CURLE_FAILED_INIT;
}

/* "http://host:port" of a longer URL, as the precision and the text of a %.*s. */
static int site_length(const char *url)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + strlen("://") : url;
    return (int)(host - url) + (int)strcspn(host, "/");
}

/* What became of the transfer: 0, or a code that par_fail() has been given with a sentence that
 * helps whoever reads it. */
static int judge(CURL *request, CURLcode result, const char *url, const answer_text *answer)
{
    int site = site_length(url);
    long status = 0, error = 0;
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request, CURLINFO_OS_ERRNO, &error);
    switch (result) {
    case CURLE_OK:
        if (status == 200 && answer->text != NULL)
            return 0;
        return par_fail(status == 404 ? ENOENT : EPROTO, "HTTP status %ld from %s", status, url);
    case CURLE_ABORTED_BY_CALLBACK:
        return par_fail(ECANCELED, "gave up waiting for %.*s", site, url);
    case CURLE_OPERATION_TIMEDOUT:
        return par_fail(ETIMEDOUT, "no answer from %.*s in %d s", site, url, TIMEOUT_MS / 1000);
    case CURLE_COULDNT_CONNECT:
        return par_fail(error > 0 ? (int)error : EIO, "cannot connect to %.*s", site, url);
    case CURLE_OUT_OF_MEMORY:
        return par_fail(ENOMEM, "not enough memory to fetch %s", url);
    default:
        return par_fail(EIO, "%.*s: %s", site, url, curl_easy_strerror(result));
    }
}

int fetch(const char *url, char **body)
{
    *body = NULL;
    answer_text answer = {0};
    CURLcode result = CURLE_OUT_OF_MEMORY;
    CURL *request = curl_easy_init();
    CURLM *transfers = curl_multi_init();
    if (request != NULL && transfers != NULL) {
        curl_easy_setopt(request, CURLOPT_URL, url);
        curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L); /* we are one of many threads */
        curl_easy_setopt(request, CURLOPT_NOPROXY, "127.0.0.1");
        curl_easy_setopt(request, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
        curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, on_data);
        curl_easy_setopt(request, CURLOPT_WRITEDATA, &answer);
        curl_multi_add_handle(transfers, request);

        /* From here to the answer this thread only waits. The library notices, and lets another one
         * run the next task meanwhile. */
        result = perform(transfers);
        curl_multi_remove_handle(transfers, request);
    }

    int code = judge(request, result, url, &answer);
    curl_easy_cleanup(request);
    curl_multi_cleanup(transfers);
    if (code == 0)
        *body = answer.text;
    else
        free(answer.text);
    return code;
}
