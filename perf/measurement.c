/* measurement.c - starting a measuring program and reading its figures. */
#include "measurement.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_STATUS = 77 };

extern char **environ;

static pid_t start(char **arguments, int *from)
{
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int rc = posix_spawn(&pid, arguments[0], &actions, NULL, arguments, environ);
    if (rc != 0)
        bench_die("%s: %s", arguments[0], strerror(rc));
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *from = ends[0];
    return pid;
}

static bool parse(char *text, const bench_workload *workload, double figures[BENCH_FIGURES])
{
    for (int i = 0; i < BENCH_FIGURES; i++) {
        char *end;
        if (!bench_has_figure(workload, i))
            continue;
        figures[i] = strtod(text, &end);
        if (end == text)
            return false;
        text = end;
    }
    return true;
}

measurement_outcome measurement_make(const char *folder, const char *peer,
                                     const bench_workload *workload, const bench_case *which,
                                     double seconds, double figures[BENCH_FIGURES])
{
    char program[4096], limit[32], text[512] = "";
    snprintf(program, sizeof(program), "%s/measure_%s", folder, peer);
    snprintf(limit, sizeof(limit), "%g", seconds);
    char *arguments[] = {program, (char *)workload->name, (char *)which->name, limit, NULL};
    int from, status;
    pid_t pid = start(arguments, &from);
    size_t length = 0;
    ssize_t more;
    while ((more = read(from, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)more;
    close(from);
    if (waitpid(pid, &status, 0) != pid)
        bench_die("%s has gone", program);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_STATUS)
        return CANNOT;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && parse(text, workload, figures))
        return MEASURED;
    fprintf(stderr, "bench: %s %s \"%s\" failed (%s %d)\n", program, workload->name, which->name,
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return WENT_WRONG;
}
