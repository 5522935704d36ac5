/* par_error.h - the codes that functions of par return. */
#ifndef PAR_ERROR_H
#define PAR_ERROR_H

#include <errno.h>

#include "par_export.h"

PAR_BEGIN_DECLS

/* Every function that can fail returns 0 or one of these, all negative. Where errno has a value for
 * the case it is the negated value; the others are par's own. errno itself is never the channel. */
enum {
    PAR_EINVAL = -EINVAL,       /* an argument or option that means nothing */
    PAR_ENOMEM = -ENOMEM,       /* not enough memory; nothing has run */
    PAR_ETIMEDOUT = -ETIMEDOUT, /* the deadline came first */
    /* cancelled, by par_async_cancel() or because another task failed */
    PAR_ECANCELED = -ECANCELED,
    PAR_EAGAIN = -EAGAIN,   /* no thread (or no further pool) could be started */
    PAR_EDEADLK = -EDEADLK, /* waiting would be for oneself */
    PAR_ETASK = -10001,     /* a task failed: par_message() and its slot say which and why */
    PAR_EARGS = -10002,     /* the arguments do not fit the function; no task has run */
    PAR_ENAME = -10003,     /* a task's name is NULL, empty or used twice; no task has run */
    PAR_ETYPE = -10004,     /* a par_value whose type or size is none of par's */
    PAR_ECLOSED = -10005,   /* the pool has been closed */
    PAR_EFORKED = -10006    /* a handle of the parent process, used in a child of fork() */
};

/* The meaning of a code as a sentence without a full stop: of a PAR_E* (<= 0), or of an errno value
 * (> 0) as tasks give them to par_fail(). The string is static and never NULL. Any thread; does not
 * block, does not allocate. */
PAR_API const char *par_strerror(int code);

PAR_END_DECLS
#endif
