/* results_builder.h - for tests: a par_results put together by hand, in any state that a call can
 * be in. */
#ifndef PAR_TESTS_RESULTS_BUILDER_H
#define PAR_TESTS_RESULTS_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../api/names.h"
#include "../api/results.h"

/* Seconds of the made-up clock, as nanoseconds. */
#define AT(seconds) ((int64_t)((seconds)*1e9))

/* How many results have been destroyed so far. */
static unsigned build_destroyed;

enum { MOST_PARAMETERS = 8 };

static inline void build_destroy(par_batch *batch)
{
    struct par_results *results = par_container_of(batch, struct par_results, batch);
    for (size_t i = 0; i < results->n; i++) {
        free(results->records[i].arguments);
        free(results->records[i].message);
    }
    free(results->records);
    free(results->names);
    free(results->index);
    free(results->slots);
    free(results->ordered);
    free(results->values);
    free(results->message);
    free(results);
    build_destroyed++;
}

/* Filled with rubbish, as a block that nobody has looked at is. */
static inline void *build_rubbish(size_t n, size_t size)
{
    void *memory = malloc(n * size + 1);
    assert_non_null(memory);
    memset(memory, 0xa5, n * size);
    return memory;
}

static inline void *build_zeroes(size_t n, size_t size)
{
    void *memory = calloc(n + 1, size);
    assert_non_null(memory);
    return memory;
}

/* Results for at most `room` tasks, begun at AT(100) and without a deadline. */
static inline struct par_results *build_results(size_t room)
{
    static const par_batch_class class = {.destroy = build_destroy};
    struct par_results *results = aligned_alloc(_Alignof(struct par_results), sizeof *results);
    assert_non_null(results);
    memset(results, 0, sizeof *results);
    results->watched = true; /* its records are to be looked at */
    par_batch_init(&results->batch, &class, NULL, 0, 1);
    results->records = build_zeroes(room, sizeof *results->records);
    results->names = build_zeroes(room, sizeof *results->names);
    results->slots = build_rubbish(room, sizeof *results->slots);
    results->ordered = build_rubbish(room, sizeof *results->ordered);
    results->values = build_rubbish(room * MOST_PARAMETERS, sizeof *results->values);
    results->values_each = MOST_PARAMETERS;
    results->index_size = par_names_index_size(room);
    results->index = build_zeroes(results->index_size, sizeof *results->index);
    results->began = AT(100);
    results->deadline = PAR_NEVER;
    results->fixed_message = "";
    return results;
}

/* Adds a task that could not be bound; function may be NULL. `name` is NULL for all tasks or for
 * none. */
static inline par_record *build_unbound(struct par_results *results, const char *name,
                                        const par_function *function)
{
    size_t i = results->n++, wrong;
    if (name == NULL) {
        free(results->names);
        results->names = NULL;
    } else {
        results->names[i] = name;
        par_names_index(results->names, results->n, results->index, results->index_size, &wrong);
    }
    results->records[i].function = function;
    return &results->records[i];
}

/* Adds a task, which waits. */
static inline par_record *build_task(struct par_results *results, const char *name, par_task task)
{
    par_extra_values extras = {0};
    par_bind_error error;
    size_t string_bytes = 0;
    assert_int_equal(par_bind_check(&task), 0);
    par_bind_sizes sizes = par_bind_size(&task);
    void *storage = aligned_alloc(16, sizes.total + 16);
    assert_non_null(storage);
    assert_int_equal(par_bind(&task, &extras, NULL, storage, &string_bytes, &error), 0);
    par_record *record = build_unbound(results, name, par_bind_function(&task, storage));
    record->arguments = storage;
    record->result = (uint32_t)sizes.result;
    return record;
}

static inline void build_set(par_record *record, par_record_state state, int code)
{
    par_store_release(&record->word, par_record_word(state, code));
}

static inline void build_running(par_record *record, double started)
{
    record->started = AT(started);
    build_set(record, PAR_RECORD_RUNNING, 0);
}

static inline void build_failed(par_record *record, double started, double ended, int code,
                                const char *message)
{
    record->started = AT(started);
    record->ended = AT(ended);
    record->message = message != NULL ? strdup(message) : NULL;
    build_set(record, PAR_RECORD_ENDED, code);
}

static inline void build_done(par_record *record, double started, double ended, const void *result,
                              size_t size)
{
    build_failed(record, started, ended, 0, NULL);
    if (size > 0)
        memcpy(par_record_result(record), result, size);
}

static inline void build_unstarted(par_record *record, double ended, int code)
{
    record->ended = AT(ended);
    build_set(record, PAR_RECORD_ENDED, code);
}

#endif
