/* par_get.c - the getters, and the traps for their misuse. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error_name.h"
#include "results.h"

/* A line of bounded length, built from the left; what does not fit is cut off. */
typedef struct line {
    size_t length;
    char text[512];
} line;

__attribute__((format(printf, 2, 0))) static void add_list(line *to, const char *format,
                                                           va_list list)
{
    size_t room = sizeof to->text - to->length;
    int length = vsnprintf(to->text + to->length, room, format, list);
    if (length > 0)
        to->length += (size_t)length < room ? (size_t)length : room - 1;
}

__attribute__((format(printf, 2, 3))) static void add(line *to, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_list(to, format, list);
    va_end(list);
}

static void add_key(line *to, par_key key)
{
    if (key.kind == PAR_KEY_SIGNED)
        add(to, "%lld", key.as.i);
    else if (key.kind == PAR_KEY_UNSIGNED)
        add(to, "%llu", key.as.u);
    else if (key.as.name == NULL)
        add(to, "NULL");
    else
        add(to, "\"%.100s\"", key.as.name);
}

/* Says on standard error what is wrong with a use of a getter, and ends the process. */
__attribute__((format(printf, 3, 4), noreturn, cold)) static void
misuse(const par_getter *getter, par_key key, const char *format, ...)
{
    line message = {0};
    va_list list;
    add(&message, "par: %s(%.60s, ", getter->macro, getter->results);
    add_key(&message, key);
    if (getter->wanted != NULL)
        add(&message, ", %.60s", getter->wanted);
    add(&message, "): ");
    va_start(list, format);
    add_list(&message, format, list);
    va_end(list);
    message.text[message.length++] = '\n';
    ssize_t written = write(STDERR_FILENO, message.text, message.length);
    (void)written; /* there is nobody left to tell */
    __builtin_trap();
}

/* What a type is called, given its size; for kinds that differ only in size. */
static const char *name_of(par_type type, size_t size)
{
    static const char *const names[][5] = {
        [PAR_INT] = {"a signed char", "a short", "an int", "a long", "an integer"},
        [PAR_UINT] = {"an unsigned char", "an unsigned short", "an unsigned int",
                      "an unsigned long", "an unsigned integer"},
        [PAR_FLOAT] = {"a float", "a float", "a float", "a double", "a long double"},
    };
    unsigned width = size <= 1 ? 0 : size <= 2 ? 1 : size <= 4 ? 2 : size <= 8 ? 3 : 4;
    switch (type) {
    case PAR_VOID:
        return "nothing";
    case PAR_BOOL:
        return "a bool";
    case PAR_STRING:
        return "a const char *";
    case PAR_POINTER:
        return "a pointer";
    case PAR_STRUCT:
        return "a struct";
    default:
        return names[type][width];
    }
}

/* May the result be read as what the getter wants? */
static bool fits(const par_function *function, const par_getter *getter)
{
    par_type is = function->result_type;
    if (getter->any_pointer)
        return is == PAR_POINTER || is == PAR_STRING;
    return function->result_size == getter->size && is != PAR_VOID &&
           (is == getter->type || function->result_as == getter->type);
}

static void check_type(const par_function *function, par_key key, const par_getter *getter)
{
    if (fits(function, getter))
        return;
    const char *is = name_of(function->result_type, function->result_size);
    const char *wanted = name_of(getter->type, getter->size);
    if (function->result_type == PAR_VOID)
        misuse(getter, key, "%.100s() returns nothing", function->name);
    if (function->result_type == PAR_STRUCT && getter->type == PAR_STRUCT)
        misuse(getter, key, "the result of %.100s() is a struct of %zu bytes, not of %zu",
               function->name, function->result_size, getter->size);
    misuse(getter, key, "the result of %.100s() is %s, not %s", function->name, is, wanted);
}

static size_t by_name(const par_results *results, par_key key, const par_getter *getter)
{
    if (results->names == NULL)
        misuse(getter, key, "the tasks of this call have no names");
    size_t index = par_results_index(results, key.as.name);
    if (index == results->n)
        misuse(getter, key, "no task has this name");
    return index;
}

static size_t by_index(const par_results *results, par_key key, const par_getter *getter)
{
    /* As an unsigned number one below 0 is larger than any other. */
    unsigned long long index = key.kind == PAR_KEY_SIGNED ? (unsigned long long)key.as.i : key.as.u;
    if (index >= results->n)
        misuse(getter, key, "there is no such task, the call has %zu", results->n);
    return (size_t)index;
}

/* The task that is asked for. A key that none has, and the wrong type, end here. The public slot is
 * not needed, and not filled in, to read a result. */
static size_t find(const par_results *results, par_key key, const par_getter *getter)
{
    if (results == NULL)
        misuse(getter, key, "the results are NULL");
    size_t index =
        key.kind == PAR_KEY_NAME ? by_name(results, key, getter) : by_index(results, key, getter);
    const par_function *function = results->records[index].function;
    if (getter->wanted != NULL && function != NULL)
        check_type(function, key, getter);
    return index;
}

const void *par_results_get_or(const par_results *results, par_key key, const par_getter *getter,
                               const void *otherwise)
{
    size_t index = find(results, key, getter);
    bool done = par_results_status(results, index) == PAR_DONE;
    return done ? par_record_result(&results->records[index]) : otherwise;
}

/* Apart, so that the getter itself needs no room for words. */
__attribute__((noinline, noreturn, cold)) static void
misuse_undone(const par_results *results, size_t index, par_key key, const par_getter *getter)
{
    char buffer[PAR_ERROR_LABEL];
    const par_slot *slot = par_at(results, index);
    if (slot->status == PAR_FAILED)
        misuse(getter, key, "%.100s() failed: %s: %.100s", slot->function,
               par_error_label(slot->code, buffer), slot->message);
    misuse(getter, key, "%.100s() has not ended", slot->function);
}

/* A result that is there and of the very type, as nearly all are read; else NULL. */
static const void *get_at_once(const par_results *results, par_key key, const par_getter *getter)
{
    if (results == NULL || results->interim || (key.kind == PAR_KEY_NAME && results->names == NULL))
        return NULL;
    size_t index =
        key.kind == PAR_KEY_NAME ? par_results_index(results, key.as.name) : (size_t)key.as.u;
    if (index >= results->n)
        return NULL;
    const par_record *record = &results->records[index];
    uint64_t word = par_load_acquire(&record->word); /* par_results R1 */
    if (word != par_record_word(PAR_RECORD_ENDED, 0) ||
        record->function->result_type != getter->type ||
        record->function->result_size != getter->size)
        return NULL;
    return par_record_result(record);
}

const void *par_results_get(const par_results *results, par_key key, const par_getter *getter)
{
    const void *result = get_at_once(results, key, getter);
    if (result != NULL)
        return result;
    size_t index = find(results, key, getter);
    if (par_results_status(results, index) != PAR_DONE)
        misuse_undone(results, index, key, getter);
    return par_record_result(&results->records[index]);
}

bool par_results_try_get(const par_results *results, par_key key, const par_getter *getter,
                         void *to)
{
    const void *result = par_results_get_or(results, key, getter, NULL);
    if (result != NULL)
        memcpy(to, result, getter->size);
    return result != NULL;
}

bool par_results_ok(const par_results *results, par_key key, const par_getter *getter)
{
    return par_results_status(results, find(results, key, getter)) == PAR_DONE;
}
