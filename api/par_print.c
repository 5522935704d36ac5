/* par_print.c - slots and results as lines of text. */
#include <stdio.h>

#include "error_name.h"
#include "par_results.h"
#include "value_print.h"

static void print_arguments(FILE *file, const par_slot *slot)
{
    fputc('(', file);
    for (size_t i = 0; i < slot->n_args; i++) {
        if (i > 0)
            fputs(", ", file);
        par_value_print(file, &slot->args[i]);
    }
    fputc(')', file);
}

static void print_outcome(FILE *file, const par_slot *slot)
{
    char buffer[PAR_ERROR_LABEL];
    switch (slot->status) {
    case PAR_NOT_STARTED:
        fputs("not started", file);
        break;
    case PAR_STARTED:
        fputs("still running", file);
        break;
    case PAR_DONE:
        fprintf(file, "done in %.6f s", slot->ran);
        break;
    case PAR_FAILED:
        fprintf(file, "%s: ", par_error_label(slot->code, buffer));
        par_words_print(file, slot->message);
        break;
    }
}

void par_slot_print(FILE *file, const par_slot *slot)
{
    if (slot == NULL)
        return;
    if (slot->name != NULL)
        par_words_print(file, slot->name);
    else
        fprintf(file, "[%zu]", slot->index);
    fprintf(file, ": %s", slot->function);
    print_arguments(file, slot);
    fputs(": ", file);
    print_outcome(file, slot);
    fputc('\n', file);
}

void par_results_print(FILE *file, const par_results *results)
{
    const char *message = par_message(results);
    if (*message != '\0')
        fprintf(file, "%s\n", message);
    for (size_t i = 0; i < par_count(results); i++)
        par_slot_print(file, par_at(results, i));
}
