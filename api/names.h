/* names.h - looking up tasks by name: an array of names and, when they are many, a hash index over
 * it. Internal to api/; the memory is the caller's. */
#ifndef PAR_API_NAMES_H
#define PAR_API_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* How many entries the index over n names must have: a power of two and at least 2 n; 0 when the
 * names are so few that looking through them is faster. */
size_t par_names_index_size(size_t n);

/* Fills in `index` (index_size entries, as par_names_index_size() says; NULL and 0 for none) and
 * checks the names. 0; or PAR_ENAME, and *wrong is the first task whose name is NULL, empty or that
 * of an earlier task; also then the other tasks can be found. The names are kept by reference. */
int par_names_index(const char *const *names, size_t n, uint32_t *index, size_t index_size,
                    size_t *wrong);

/* The task of that name, or n if there is none (an empty name is no name). Any number of threads at
 * once. */
size_t par_names_find(const char *const *names, size_t n, const uint32_t *index, size_t index_size,
                      const char *name);

#endif
