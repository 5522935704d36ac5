/* names.c - an open-addressing hash index with linear probing.
 *
 * An entry is the number of a task plus one; 0 is empty. At most half of the entries are in use, so
 * that every probe ends. */
#include "names.h"

#include <stdbool.h>
#include <string.h>

#include "par_error.h"

/* Up to this many names are compared one by one. */
enum { FEW = 8 };

size_t par_names_index_size(size_t n)
{
    size_t size = 1;
    if (n <= FEW || n >= UINT32_MAX)
        return 0;
    while (size < 2 * n)
        size *= 2;
    return size;
}

/* FNV-1a, folded so that the low bits depend on all of it. */
static size_t hash(const char *name)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
        h = (h ^ *c) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

/* The entry that holds the name's task, or the empty one where it belongs. */
static size_t probe(const char *const *names, const uint32_t *index, size_t index_size,
                    const char *name)
{
    size_t at = hash(name) & (index_size - 1);
    while (index[at] != 0 && strcmp(names[index[at] - 1], name) != 0)
        at = (at + 1) & (index_size - 1);
    return at;
}

static size_t look_through(const char *const *names, size_t n, const char *name)
{
    size_t i = 0;
    /* Most differ in the first letter. */
    while (i < n && (names[i] == NULL || names[i][0] != name[0] || strcmp(names[i], name) != 0))
        i++;
    return i;
}

/* Enters task i behind those before it; false if it has no name or that of one of them. */
static bool enter(const char *const *names, size_t i, uint32_t *index, size_t index_size)
{
    if (names[i] == NULL || *names[i] == '\0')
        return false;
    if (index_size == 0)
        return look_through(names, i, names[i]) == i;
    size_t at = probe(names, index, index_size, names[i]);
    if (index[at] != 0)
        return false;
    index[at] = (uint32_t)(i + 1);
    return true;
}

int par_names_index(const char *const *names, size_t n, uint32_t *index, size_t index_size,
                    size_t *wrong)
{
    int rc = 0;
    if (index_size != 0)
        memset(index, 0, index_size * sizeof *index);
    for (size_t i = 0; i < n; i++) {
        if (enter(names, i, index, index_size) || rc != 0)
            continue;
        *wrong = i;
        rc = PAR_ENAME;
    }
    return rc;
}

size_t par_names_find(const char *const *names, size_t n, const uint32_t *index, size_t index_size,
                      const char *name)
{
    if (*name == '\0')
        return n;
    if (index_size == 0)
        return look_through(names, n, name);
    uint32_t entry = index[probe(names, index, index_size, name)];
    return entry != 0 ? entry - 1 : n;
}
