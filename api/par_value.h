/* par_value.h - values with their types, as arguments carry them and slots show them. */
#ifndef PAR_VALUE_H
#define PAR_VALUE_H

#include <stddef.h>
#include <stdio.h>

#include "par_export.h"

PAR_BEGIN_DECLS

typedef enum {
    PAR_VOID,
    PAR_BOOL,
    PAR_INT,
    PAR_UINT,
    PAR_FLOAT,
    PAR_STRING,  /* const char *: NUL-terminated or NULL; copied when the call is made */
    PAR_POINTER, /* any other pointer; what it points to stays the caller's */
    PAR_STRUCT   /* a struct or union, by value */
} par_type;

/* One value. `as` is read by type: i for PAR_INT and PAR_BOOL, u for PAR_UINT, f for PAR_FLOAT,
 * s for PAR_STRING, p for PAR_POINTER, and for PAR_STRUCT p points to `size` bytes. */
typedef struct par_value {
    const char *name; /* the parameter's; NULL while positional */
    par_type type;
    size_t size; /* bytes of the C type */
    union {
        long long i;
        unsigned long long u;
        double f;
        const char *s;
        const void *p;
    } as;
} par_value;

PAR_END_DECLS
#endif
