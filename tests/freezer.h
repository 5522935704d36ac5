/* freezer.h - for tests: a process that stops and releases single threads of this one, wherever
 * they are.
 *
 * It is a child of this process that traces its threads. Where the system forbids that,
 * freezer_start() says why and the test says that it was left out. */
#ifndef PAR_TESTS_FREEZER_H
#define PAR_TESTS_FREEZER_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct freezer {
    pid_t process;
    int orders, answers; /* pipes: a thread's id, negative to let it go; then 0 or an errno */
} freezer;

static inline int freezer_obey(pid_t thread)
{
    int status;
    if (thread == getppid()) { /* only tries: nobody would be left to let it go */
        int rc = ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0 ? errno : 0;
        ptrace(PTRACE_INTERRUPT, thread, NULL, NULL);
        waitpid(thread, &status, __WALL);
        ptrace(PTRACE_DETACH, thread, NULL, NULL);
        return rc;
    }
    if (thread < 0)
        return ptrace(PTRACE_DETACH, -thread, NULL, NULL) == 0 ? 0 : errno;
    if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0 ||
        ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0)
        return errno;
    while (waitpid(thread, &status, __WALL) != thread) {
        if (errno != EINTR)
            return errno;
    }
    return WIFSTOPPED(status) ? 0 : ESRCH;
}

static inline int freezer_order(const freezer *self, pid_t thread)
{
    int answer = EIO;
    if (write(self->orders, &thread, sizeof(thread)) != sizeof(thread) ||
        read(self->answers, &answer, sizeof(answer)) != sizeof(answer))
        return EIO;
    return answer;
}

/* To be called before the process has other threads. NULL, or why there is none. */
static inline const char *freezer_start(freezer *self)
{
    int orders[2], answers[2];
    if (pipe(orders) != 0 || pipe(answers) != 0)
        return strerror(errno);
    pid_t parent = getpid();
    self->process = fork();
    if (self->process < 0)
        return strerror(errno);
    if (self->process == 0) {
        pid_t thread;
        close(orders[1]);
        close(answers[0]);
        while (read(orders[0], &thread, sizeof(thread)) == sizeof(thread)) {
            int answer = freezer_obey(thread);
            if (write(answers[1], &answer, sizeof(answer)) != sizeof(answer))
                break;
        }
        _exit(0); /* which lets go whatever it holds */
    }
    close(orders[0]);
    close(answers[1]);
    self->orders = orders[1];
    self->answers = answers[0];
    prctl(PR_SET_PTRACER, (unsigned long)self->process, 0, 0, 0);
    int rc = freezer_order(self, parent);
    return rc == 0 ? NULL : strerror(rc);
}

static inline void freezer_stop(freezer *self)
{
    close(self->orders);
    close(self->answers);
    waitpid(self->process, NULL, 0);
}

#endif
