/* par_error.c - the names and meanings of codes: par's own from a table, the others from libc. */
#include "par_error.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "error_name.h"

typedef struct error_entry {
    int code;
    const char *name;
    const char *meaning;
} error_entry;

#define ENTRY(code, meaning) \
    {                        \
        code, #code, meaning \
    }

static const error_entry errors[] = {
    ENTRY(PAR_EINVAL, "an argument or option means nothing"),
    ENTRY(PAR_ENOMEM, "not enough memory"),
    ENTRY(PAR_ETIMEDOUT, "the deadline came first"),
    ENTRY(PAR_ECANCELED, "cancelled"),
    ENTRY(PAR_EAGAIN, "no thread, or no further pool, could be started"),
    ENTRY(PAR_EDEADLK, "waiting would be for oneself"),
    ENTRY(PAR_ETASK, "a task failed"),
    ENTRY(PAR_EARGS, "the arguments do not fit the function"),
    ENTRY(PAR_ENAME, "a task's name is NULL, empty or used twice"),
    ENTRY(PAR_ETYPE, "a value has a type or size that par does not know"),
    ENTRY(PAR_ECLOSED, "the pool has been closed"),
    ENTRY(PAR_EFORKED, "a handle of the parent process was used after fork()"),
};

static const error_entry *find(int code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return &errors[i];
    return NULL;
}

/* The errno value that `code` is, or is the negation of. INT_MIN, which has none, is no errno. */
static int errno_of(int code)
{
    if (code >= 0)
        return code;
    return code == INT_MIN ? INT_MAX : -code;
}

const char *par_error_name(int code)
{
    const error_entry *own = find(code);
    return own != NULL ? own->name : strerrorname_np(errno_of(code));
}

const char *par_error_label(int code, char buffer[PAR_ERROR_LABEL])
{
    const char *name = par_error_name(code);
    if (name != NULL)
        return name;
    snprintf(buffer, PAR_ERROR_LABEL, "%d", code);
    return buffer;
}

const char *par_strerror(int code)
{
    const error_entry *own = find(code);
    const char *meaning = own != NULL ? own->meaning : strerrordesc_np(errno_of(code));
    return meaning != NULL ? meaning : "unknown error";
}
