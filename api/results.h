/* results.h - how the hand-out of a call's results and their readers work together. Internal to
 * api/; implemented in par_results.c.
 *
 * Until the first hand-out nobody reads results. At the end (over) slots are left for the readers
 * to fill in when they look at them: records do not change any more. A hand-out before the end
 * (interim) fills in every slot, because records go on changing; so do all those that follow it. */
#ifndef PAR_API_RESULTS_H
#define PAR_API_RESULTS_H

#include <stdbool.h>

#include "job.h"

/* Hands the results out as the records stand now: sets over or interim, n_succeeded, and
 * `taken` of each record whose slot says PAR_DONE. With `over` every record must be final, or the
 * call have failed before any task ran. Does nothing when the results were over before. By one
 * thread at a time, nobody reading meanwhile.
 *
 * What the slots are made of: records, names with their index, began, and handed_out, which the
 * caller has set to this instant. A record needs no function (NULL), and no arguments (NULL) when
 * it was not bound. slots, ordered and values need not be initialised, `shown` and `listed`
 * must be false, and `filling` 0. */
void par_results_hand_out(struct par_results *results, bool over);

/* A slot, with room for PAR_MAX_PARAMETERS values, of a task that has been running for so many
 * nanoseconds; it is not part of the results, and as little of the record is read as does not
 * change. */
void par_results_running(const struct par_results *results, size_t index, int64_t lasted,
                         par_slot *slot, par_value *values);

/* The status that the slot of a task has, or would have if it were filled in. */
par_status par_results_status(const struct par_results *results, size_t index);

/* The task of that name, or n if there is none. */
size_t par_results_index(const struct par_results *results, const char *name);

#endif
