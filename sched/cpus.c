/* cpus.c - the affinity mask, and the CPU quota of control groups.
 *
 * /proc/self/cgroup says in which control group the process is: in version 2, and in the version 1
 * hierarchy that has the cpu controller. /proc/self/mountinfo says where each hierarchy can be
 * seen, and which of its groups the mount point shows (its root, which in a container is not "/").
 * A group's path less the mount's root is the directory below the mount point; a quota may stand in
 * it and in every directory above, up to the mount point.
 *
 * All buffers are of fixed size: a line or a path that does not fit is passed over. */
#include "cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = PATH_MAX + 512, CHUNK_SIZE = 512, MOST_CPUS = 1 << 22 };

typedef struct line_reader {
    int fd;
    size_t used, filled;
    char chunk[CHUNK_SIZE];
    char line[LINE_SIZE];
} line_reader;

static bool reader_open(line_reader *reader, const char *root, const char *path)
{
    int length = snprintf(reader->line, sizeof reader->line, "%s%s", root, path);
    reader->used = reader->filled = 0;
    if (length < 0 || (size_t)length >= sizeof reader->line)
        return false;
    reader->fd = open(reader->line, O_RDONLY | O_CLOEXEC);
    return reader->fd >= 0;
}

/* The next byte, or -1 at the end of the file. */
static int next_byte(line_reader *reader)
{
    if (reader->used == reader->filled) {
        ssize_t n = read(reader->fd, reader->chunk, sizeof reader->chunk);
        if (n <= 0)
            return -1;
        reader->used = 0;
        reader->filled = (size_t)n;
    }
    return (unsigned char)reader->chunk[reader->used++];
}

/* Reads a line into reader->line, without its end; an overlong or binary one becomes empty. False
 * at the end of the file. */
static bool reader_line(line_reader *reader)
{
    size_t length = 0;
    int byte = next_byte(reader);
    if (byte < 0)
        return false;
    bool fits = true;
    for (; byte >= 0 && byte != '\n'; byte = next_byte(reader)) {
        fits = fits && byte != '\0' && length < sizeof reader->line - 1;
        if (fits)
            reader->line[length++] = (char)byte;
    }
    reader->line[fits ? length : 0] = '\0';
    return true;
}

/* Is `word` one of the words that commas separate? */
static bool in_list(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* The process's group in each hierarchy; "" where it has none. */
typedef struct membership {
    char v1[PATH_MAX];
    char v2[PATH_MAX];
} membership;

/* Lines such as "4:cpu,cpuacct:/path" and, for version 2, "0::/path". */
static void read_membership(line_reader *reader, const char *root, membership *groups)
{
    groups->v1[0] = groups->v2[0] = '\0';
    if (!reader_open(reader, root, "/proc/self/cgroup"))
        return;
    while (reader_line(reader)) {
        char *controllers = strchr(reader->line, ':');
        char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
        if (path == NULL || path[1] != '/' || strlen(path + 1) >= PATH_MAX)
            continue;
        *controllers++ = '\0';
        *path++ = '\0';
        if (strcmp(reader->line, "0") == 0 && *controllers == '\0')
            strcpy(groups->v2, path);
        else if (in_list(controllers, "cpu"))
            strcpy(groups->v1, path);
    }
    close(reader->fd);
}

/* One line of mountinfo, cut into what is needed here. */
typedef struct mount {
    char *root;    /* of the hierarchy's groups the one that is shown */
    char *point;   /* where */
    char *type;    /* of the file system */
    char *options; /* of the file system */
} mount;

/* Blanks, newlines and backslashes in paths are written as a backslash and three octal digits. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; to++) {
        bool octal = from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
                     from[2] <= '7' && from[3] >= '0' && from[3] <= '7';
        int byte = octal ? (from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0') : *from;
        *to = (char)byte;
        from += octal ? 4 : 1;
    }
    *to = '\0';
}

/* "36 35 98:0 ROOT POINT rw,noatime shared:1 ... - TYPE source OPTIONS": any number of optional
 * fields stands before the dash. */
static bool parse_mount(char *line, mount *found)
{
    enum { ROOT = 3, POINT = 4, OPTIONAL = 6 };
    char *rest = NULL, *field = strtok_r(line, " ", &rest);
    *found = (mount){0};
    for (int i = 0; field != NULL && (i < OPTIONAL || strcmp(field, "-") != 0); i++) {
        if (i == ROOT)
            found->root = field;
        if (i == POINT)
            found->point = field;
        field = strtok_r(NULL, " ", &rest);
    }
    found->type = strtok_r(NULL, " ", &rest);
    strtok_r(NULL, " ", &rest);
    found->options = strtok_r(NULL, " ", &rest);
    if (found->options == NULL)
        return false;
    unescape(found->root);
    unescape(found->point);
    return true;
}

/* What of `group` lies below `top`: "" or "/...", or NULL if the group is not top or below it. A
 * path with ".." in it has left what it is relative to. */
static const char *below(const char *top, const char *group)
{
    size_t length = strcmp(top, "/") == 0 ? 0 : strlen(top);
    if (strncmp(top, group, length) != 0 || (group[length] != '/' && group[length] != '\0'))
        return NULL;
    const char *rest = strcmp(group + length, "/") == 0 ? "" : group + length;
    for (const char *at = rest; (at = strstr(at, "/..")) != NULL; at++)
        if (at[3] == '/' || at[3] == '\0')
            return NULL;
    return rest;
}

/* Reads a decimal number at *at and moves behind it; false if there is none or it is too large. */
static bool parse_number(const char **at, uint64_t *number)
{
    const char *start = *at;
    *number = 0;
    for (; **at >= '0' && **at <= '9'; ++*at)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(**at - '0'), number))
            return false;
    return *at != start;
}

/* The CPUs that `quota` microseconds in every `period` pay for; UINT_MAX for no limit. */
static unsigned cpus_of(uint64_t quota, uint64_t period)
{
    if (period == 0 || quota / period >= UINT_MAX)
        return UINT_MAX;
    return quota / period > 0 ? (unsigned)(quota / period) : 1;
}

/* A directory's path, with room behind it for the name of a file in it. */
enum { FILE_NAME = 32 };
typedef char path_buffer[PATH_MAX + FILE_NAME];

/* Reads the first line of directory/file into `text`; false if it is not there or is longer. */
static bool read_small(char *directory, const char *file, char *text, size_t size)
{
    char *end = directory + strlen(directory);
    snprintf(end, FILE_NAME, "/%s", file);
    int fd = open(directory, O_RDONLY | O_CLOEXEC);
    *end = '\0';
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size);
    close(fd);
    if (n <= 0 || (size_t)n == size)
        return false;
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

enum { SMALL = 64 };

/* cpu.max: "max 100000" or "150000 100000". */
static unsigned quota_v2(char *directory)
{
    char text[SMALL];
    const char *at = text;
    uint64_t quota, period;
    if (!read_small(directory, "cpu.max", text, sizeof text) || !parse_number(&at, &quota) ||
        *at++ != ' ' || !parse_number(&at, &period) || *at != '\0')
        return UINT_MAX;
    return cpus_of(quota, period);
}

static bool read_number(char *directory, const char *file, uint64_t *number)
{
    char text[SMALL];
    const char *at = text;
    return read_small(directory, file, text, sizeof text) && parse_number(&at, number) &&
           *at == '\0';
}

/* cpu.cfs_quota_us: "-1" or "150000"; cpu.cfs_period_us: "100000". */
static unsigned quota_v1(char *directory)
{
    uint64_t quota, period;
    if (!read_number(directory, "cpu.cfs_quota_us", &quota) ||
        !read_number(directory, "cpu.cfs_period_us", &period))
        return UINT_MAX;
    return cpus_of(quota, period);
}

/* The tightest quota from the group's directory up to the mount point. */
static unsigned tightest(char *directory, const char *root, const char *point, const char *group,
                         unsigned (*quota)(char *directory))
{
    int top = snprintf(directory, PATH_MAX, "%s%s", root, point);
    int end = snprintf(directory, PATH_MAX, "%s%s%s", root, point, group);
    unsigned least = UINT_MAX;
    if (top < 0 || end < top || end >= PATH_MAX)
        return least;
    for (;;) {
        unsigned here = quota(directory);
        least = here < least ? here : least;
        char *slash = strrchr(directory + top, '/');
        if (slash == NULL)
            return least;
        *slash = '\0';
    }
}

/* What the search needs; not on the stack, since the caller's may be small. */
typedef struct search {
    membership groups;
    line_reader mounts;
    path_buffer directory;
} search;

/* Of the mount that the line just read describes. */
static unsigned quota_in_mount(search *s, const char *root)
{
    mount seen;
    if (!parse_mount(s->mounts.line, &seen))
        return UINT_MAX;
    bool v1 = strcmp(seen.type, "cgroup") == 0 && in_list(seen.options, "cpu");
    bool v2 = strcmp(seen.type, "cgroup2") == 0;
    const char *group = v1 ? s->groups.v1 : v2 ? s->groups.v2 : "";
    const char *path = *group != '\0' ? below(seen.root, group) : NULL;
    if (path == NULL)
        return UINT_MAX;
    return tightest(s->directory, root, seen.point, path, v1 ? quota_v1 : quota_v2);
}

unsigned par_cpus_quota(const char *root)
{
    unsigned least = UINT_MAX;
    search *s = malloc(sizeof *s);
    if (s == NULL)
        return least;
    read_membership(&s->mounts, root, &s->groups);
    if (reader_open(&s->mounts, root, "/proc/self/mountinfo")) {
        while (reader_line(&s->mounts)) {
            unsigned here = quota_in_mount(s, root);
            least = here < least ? here : least;
        }
        close(s->mounts.fd);
    }
    free(s);
    return least;
}

/* The kernel refuses a mask smaller than its own: it is tried with ever larger ones. */
unsigned par_cpus_affinity(void)
{
    for (unsigned cpus = CPU_SETSIZE; cpus <= MOST_CPUS; cpus *= 2) {
        size_t size = CPU_ALLOC_SIZE(cpus);
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (set == NULL)
            return 1;
        int rc = sched_getaffinity(0, size, set), error = errno;
        int count = rc == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (rc == 0)
            return count > 0 ? (unsigned)count : 1;
        if (error != EINVAL)
            return 1;
    }
    return 1;
}

unsigned par_cpus(void)
{
    unsigned affinity = par_cpus_affinity(), quota = par_cpus_quota("");
    return affinity < quota ? affinity : quota;
}
