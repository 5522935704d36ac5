/* foreign.h - how a function without a descriptor is bound. Internal to api/. */
#ifndef PAR_API_FOREIGN_H
#define PAR_API_FOREIGN_H

#include "par_function.h"
#include "par_task.h"

/* The "struct of arguments" of a foreign function: its descriptor, made up from what is known of
 * the call, and the values, each stored as its C type at the beginning of its word. */
typedef struct par_foreign_arguments {
    par_function function; /* whose parameters are those below */
    const void *address;
    par_word values[PAR_MAX_PARAMETERS];
    par_parameter parameters[]; /* function.n_parameters */
} par_foreign_arguments;

#endif
