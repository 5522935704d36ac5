/* par_results.c - the public slots of a call, filled in from its records when somebody looks.
 *
 * Any number of threads may look at once. What has been filled in is read without a lock; to fill
 * something in takes the job's lock. That is no pthread_mutex_t because a fork() may come while a
 * thread holds it, and the child, who has no such thread, may look at the results as well.
 *
 * Edges   R1 ended   job: store of ENDED, release -> load acquire on record.word   times, message,
 *         result
 *         R2 filled  store release on shown, listed -> load acquire                slot, values,
 *                    ordered
 *         R3 lock    CAS acq_rel on filling by who takes it, swap by who lets go    what was
 *         filled in before
 * Tests   test_results.c; R2 and R3 in its test of many readers; test_fork.c.
 */
#include "par_results.h"

#include <string.h>

#include "../sched/os.h"
#include "../sched/pool.h"
#include "names.h"
#include "par_error.h"
#include "results.h"

/* What does not change: who the task is and what it was called with. */
static void fill_identity(const struct par_results *results, size_t i, par_slot *slot,
                          par_value *values)
{
    const par_record *record = &results->records[i];
    *slot = (par_slot){.index = i, .function = "", .message = ""};
    if (results->names != NULL)
        slot->name = results->names[i];
    if (record->function == NULL)
        return;
    slot->function = record->function->name;
    if (record->arguments == NULL)
        return;
    slot->n_args = par_bound_count(record->function);
    par_bound_values(record->function, record->arguments, values);
    slot->args = values;
}

static void fill_own_identity(struct par_results *results, size_t i)
{
    fill_identity(results, i, &results->slots[i], results->values + i * results->values_each);
}

static double seconds(int64_t from, int64_t to)
{
    return to > from ? (double)(to - from) * 1e-9 : 0;
}

/* The times of a task that has ended. `ran` tells whether it had started, even if the clock
 * stood. */
static void fill_times(par_slot *slot, int64_t began, int64_t started, int64_t ended)
{
    if (started == 0) {
        slot->waited = seconds(began, ended);
        return;
    }
    slot->waited = seconds(began, started);
    slot->ran = ended > started ? seconds(started, ended) : 1e-9;
}

/* The words of a task go with the code of a task. */
static void fill_ended(par_slot *slot, int code, const char *message)
{
    slot->status = code == 0 ? PAR_DONE : PAR_FAILED;
    slot->code = code;
    if (code != 0)
        slot->message = message != NULL && code > 0 ? message : par_strerror(code);
}

/* What of a record may be read depends on its state, see par_record_state: one that was given up
 * may still be written by the thread that had claimed it. */
static void fill_state(const struct par_results *results, size_t i, uint64_t word)
{
    const par_record *record = &results->records[i];
    par_slot *slot = &results->slots[i];
    switch (par_record_state_of(word)) {
    case PAR_RECORD_WAITING:
        slot->status = PAR_NOT_STARTED;
        break;
    case PAR_RECORD_RUNNING:
        slot->status = PAR_STARTED;
        slot->waited = seconds(results->began, record->started);
        break;
    case PAR_RECORD_ENDED:
        fill_ended(slot, par_record_code_of(word), record->message);
        fill_times(slot, results->began, record->started, record->ended);
        break;
    case PAR_RECORD_SKIPPED:
        fill_ended(slot, par_record_code_of(word), NULL);
        fill_times(slot, results->began, 0, results->handed_out);
        break;
    case PAR_RECORD_ABANDONED:
        fill_ended(slot, par_record_code_of(word), NULL);
        fill_times(slot, results->began, record->started, results->handed_out);
        break;
    }
}

void par_results_running(const struct par_results *results, size_t index, int64_t lasted,
                         par_slot *slot, par_value *values)
{
    fill_identity(results, index, slot, values);
    slot->status = PAR_STARTED;
    slot->ran = seconds(0, lasted);
    slot->waited = seconds(results->began, par_now() - lasted);
}

static par_status status_of(uint64_t word)
{
    switch (par_record_state_of(word)) {
    case PAR_RECORD_WAITING:
        return PAR_NOT_STARTED;
    case PAR_RECORD_RUNNING:
        return PAR_STARTED;
    default:
        return par_record_code_of(word) == 0 ? PAR_DONE : PAR_FAILED;
    }
}

par_status par_results_status(const struct par_results *results, size_t index)
{
    if (results->interim)
        return results->slots[index].status; /* the record may have gone on since */
    return status_of(par_load_acquire(&results->records[index].word)); /* R1 */
}

static bool is_success(uint64_t word)
{
    return par_record_state_of(word) == PAR_RECORD_ENDED && par_record_code_of(word) == 0;
}

/* By the hand-out alone: a slot that says how its task ended stays as it is. */
static void refresh(struct par_results *results, size_t i, uint64_t word)
{
    par_record *record = &results->records[i];
    if (!par_load_relaxed(&record->shown))
        fill_own_identity(results, i);
    else if (results->slots[i].status == PAR_DONE || results->slots[i].status == PAR_FAILED)
        return;
    fill_state(results, i, word);
    par_store_release(&record->shown, true); /* R2 */
}

/* All tasks have ended well, and no result can have been given away: there is no need to look. */
static bool all_is_well(const struct par_results *results)
{
    return !results->watched && par_batch_is_complete(&results->batch) &&
           par_ending_code(par_load_acquire(&results->ending)) == 0 &&
           !par_load_relaxed(&results->failures);
}

void par_results_hand_out(struct par_results *results, bool over)
{
    bool fill = results->interim || !over;
    size_t succeeded = 0;
    if (results->over)
        return;
    bool look = fill || !all_is_well(results);
    if (!look)
        succeeded = results->n;
    for (size_t i = 0; i < results->n && look; i++) {
        par_record *record = &results->records[i];
        uint64_t word = par_load_acquire(&record->word); /* R1 */
        if (is_success(word)) {
            record->taken = true;
            succeeded++;
        }
        if (fill)
            refresh(results, i, word);
    }
    results->n_succeeded = succeeded;
    results->interim = fill;
    results->over = over;
    par_store_relaxed(&results->listed, false); /* the readers get the results by other means */
}

size_t par_count(const par_results *results)
{
    return results != NULL ? results->n : 0;
}

size_t par_failures(const par_results *results)
{
    return results != NULL ? results->n - results->n_succeeded : 0;
}

/* Results are made as a writable object, and only what is filled in late is written for readers. */
static struct par_results *writable(const par_results *results)
{
    return (struct par_results *)results;
}

/* The lock's word: 0, or by the holder's process, which par_fork_count() tells apart, an even number
 * and one more when a thread waits. One of another process is held by nobody. */
static uint32_t held(void)
{
    return 2 * (par_fork_count() + 1);
}

/* "Futexes Are Tricky" (Drepper 2011): the lock with three states. */
static void lock(struct par_results *results)
{
    uint32_t wanted = held(), seen = par_load_relaxed(&results->filling);
    for (;;) {
        if (seen / 2 != held() / 2) {
            if (par_cas_acq_rel(&results->filling, &seen, wanted)) /* R3 */
                return;
        } else if (seen != held() || par_cas_acq_rel(&results->filling, &seen, held() | 1)) {
            par_os_table.futex_wait(&results->filling, held() | 1, PAR_NEVER);
            wanted = held() | 1; /* others may wait still */
            seen = par_load_relaxed(&results->filling);
        }
    }
}

static void unlock(struct par_results *results)
{
    if (par_swap_acq_rel(&results->filling, 0) == (held() | 1)) /* R3 */
        par_os_table.futex_wake(&results->filling, 1);
}

static void fill_slot(struct par_results *results, size_t index)
{
    par_record *record = &results->records[index];
    lock(results);
    if (!par_load_relaxed(&record->shown)) {
        fill_own_identity(results, index);
        fill_state(results, index, par_load_acquire(&record->word)); /* R1 */
        par_store_release(&record->shown, true);                     /* R2 */
    }
    unlock(results);
}

const par_slot *par_at(const par_results *results, size_t index)
{
    if (index >= par_count(results))
        return NULL;
    if (!par_load_acquire(&results->records[index].shown)) /* R2 */
        fill_slot(writable(results), index);
    return &results->slots[index];
}

size_t par_results_index(const struct par_results *results, const char *name)
{
    if (results->names == NULL || name == NULL)
        return results->n;
    return par_names_find(results->names, results->n, results->index, results->index_size, name);
}

const par_slot *par_find(const par_results *results, const char *name)
{
    return results != NULL ? par_at(results, par_results_index(results, name)) : NULL;
}

static void list(struct par_results *results)
{
    for (size_t i = 0; i < results->n; i++)
        par_at(results, i);
    lock(results);
    const par_slot **succeeded = results->ordered;
    const par_slot **failed = succeeded + results->n_succeeded;
    for (size_t i = 0; i < results->n && !par_load_relaxed(&results->listed); i++) {
        const par_slot *slot = &results->slots[i];
        *(slot->status == PAR_DONE ? succeeded++ : failed++) = slot;
    }
    par_store_release(&results->listed, true); /* R2 */
    unlock(results);
}

static const par_slot *const *listed(const par_results *results)
{
    if (!par_load_acquire(&results->listed)) /* R2 */
        list(writable(results));
    return results->ordered;
}

const par_slot *const *par_succeeded(const par_results *results, size_t *n)
{
    if (n != NULL)
        *n = results != NULL ? results->n_succeeded : 0;
    return results != NULL ? listed(results) : NULL;
}

const par_slot *const *par_failed(const par_results *results, size_t *n)
{
    if (n != NULL)
        *n = par_failures(results);
    return results != NULL ? listed(results) + results->n_succeeded : NULL;
}

const char *par_message(const par_results *results)
{
    if (results == NULL)
        return "there was not enough memory for the call's results";
    return results->message != NULL ? results->message : results->fixed_message;
}

void par_results_free(par_results *results)
{
    if (results != NULL)
        par_batch_disown(&results->batch);
}
