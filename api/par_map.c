/* par_map.c - structs of arguments made into tasks, for par_run(). */
#include "par_map.h"

#include <stdlib.h>
#include <string.h>

#include "par_error.h"
#include "par_run.h"
#include "pool.h"

/* As par_run() when memory ran out. */
static int refuse(par_results **out, const par_options *given)
{
    par_options options = {.size = sizeof(options)};
    *out = NULL;
    if (given != NULL && par_options_read(&options, sizeof(options), given) == 0 &&
        options.on_release != NULL)
        options.on_release(options.context);
    return PAR_ENOMEM;
}

int par_map_run(par_results **out, const par_function *function, const void *values, size_t n,
                const par_options *options)
{
    if (out == NULL)
        return PAR_EINVAL;
    if (values == NULL || n == 0)
        return par_run(out, par_array(NULL, n), options);
    par_task *tasks = calloc(n, sizeof(par_task));
    if (tasks == NULL)
        return refuse(out, options);
    /* Without a descriptor that can be right the tasks stay none, and par_run() says so. */
    bool sound = function != NULL && function->arguments_size <= sizeof(tasks->as.typed);
    for (size_t i = 0; i < n && sound; i++) {
        const char *given = (const char *)values + i * function->arguments_size;
        tasks[i].function = function;
        tasks[i].form = PAR_FORM_TYPED;
        memcpy(tasks[i].as.typed, given, function->arguments_size);
    }
    int rc = par_run(out, par_array(tasks, n), options);
    free(tasks);
    return rc;
}
