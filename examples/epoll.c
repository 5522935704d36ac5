/* epoll.c - calls in an event loop: each brings a file descriptor that becomes readable when the
 * call is over, so that the loop waits for it as it waits for its sockets. */
#include <par.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static int nap(int ms)
{
    thrd_sleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
    return ms;
}
PAR_DECORATE(int, nap, (int, ms))

/* Adds a call to the loop; its handle is what the loop gets back. */
static int watch(int loop, par_async *call)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = call};
    return epoll_ctl(loop, EPOLL_CTL_ADD, par_async_fd(call), &event);
}

/* The call is over: the results are there without waiting. */
static void finish(const par_async *slow, par_async *call)
{
    const par_results *results = NULL;
    if (par_async_results(call, &results) < 0) {
        fprintf(stderr, "%s\n", par_message(results));
        return;
    }
    int sum = 0;
    for (size_t i = 0; i < par_count(results); i++)
        sum += par_get(results, i, int);
    printf("%s: %d ms of sleep in %zu tasks\n", call == slow ? "slow" : "fast", sum,
           par_count(results));
}

int main(void)
{
    int loop = epoll_create1(EPOLL_CLOEXEC);
    PAR_AUTO(par_async) *slow = NULL;
    PAR_AUTO(par_async) *fast = NULL;
    if (loop < 0 || async_par(&slow, par_list(par_future(nap, 400), par_future(nap, 300))) < 0 ||
        async_par(&fast, par_list(par_future(nap, 50), par_future(nap, 40))) < 0 ||
        watch(loop, slow) != 0 || watch(loop, fast) != 0) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }

    for (int open = 2; open > 0;) {
        struct epoll_event event;
        int n = epoll_wait(loop, &event, 1, -1);
        if (n == 1) {
            par_async *call = event.data.ptr;
            epoll_ctl(loop, EPOLL_CTL_DEL, par_async_fd(call), NULL);
            finish(slow, call);
            open--;
        }
    }
    close(loop);
    return 0;
}
