/* bind.c - turning tasks into arguments: see bind.h. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bind.h"
#include "convert.h"
#include "foreign.h"
#include "par_error.h"
#include "value_print.h"

static size_t aligned(size_t size)
{
    return (size + PAR_MAX_ALIGNMENT - 1) & ~(size_t)(PAR_MAX_ALIGNMENT - 1);
}

int par_bind_check(const par_task *task)
{
    switch (task->form) {
    case PAR_FORM_TYPED:
        return task->function != NULL ? 0 : PAR_EARGS;
    case PAR_FORM_VALUES:
        return task->function != NULL && task->n <= PAR_MAX_PARAMETERS ? 0 : PAR_EARGS;
    case PAR_FORM_FOREIGN:
        return task->as.foreign.call != NULL && task->n <= PAR_MAX_PARAMETERS ? 0 : PAR_EARGS;
    default:
        return PAR_EARGS;
    }
}

static par_type type_of_value(const par_task *task, unsigned i)
{
    return (par_type)(task->types >> 4 * i & 15);
}

static bool takes_strings(const par_function *function)
{
    for (size_t i = 0; i < function->n_parameters; i++)
        if (function->parameters[i].type == PAR_STRING)
            return true;
    return false;
}

static par_bind_sizes foreign_size(const par_task *task)
{
    par_bind_sizes sizes = {.strings = false};
    for (unsigned i = 0; i < task->n; i++)
        sizes.strings |= type_of_value(task, i) == PAR_STRING;
    sizes.result =
        (uint32_t)aligned(sizeof(par_foreign_arguments) + task->n * sizeof(par_parameter));
    sizes.total = sizes.result + aligned(task->result_size);
    return sizes;
}

par_bind_sizes par_bind_size(const par_task *task)
{
    if (task->form == PAR_FORM_FOREIGN)
        return foreign_size(task);
    const par_function *function = task->function;
    size_t result = aligned(function->arguments_size);
    return (par_bind_sizes){.total = result + aligned(function->result_size),
                            .result = (uint32_t)result,
                            .strings = takes_strings(function)};
}

/* One task while it is being bound. */
typedef struct binding {
    const par_function *function;
    char *arguments;
    uint32_t set; /* a bit for each parameter that has its value */
    par_bind_error *error;
} binding;

static __attribute__((format(printf, 3, 4))) int refuse(binding *b, int code, const char *format,
                                                        ...)
{
    va_list more;
    va_start(more, format);
    vsnprintf(b->error->text, sizeof(b->error->text), format, more);
    va_end(more);
    return code;
}

/* The index of the parameter of that name, or n_parameters. */
static size_t find_parameter(const par_function *function, const char *name)
{
    size_t i = 0;
    while (i < function->n_parameters && (function->parameters[i].name == NULL ||
                                          strcmp(function->parameters[i].name, name) != 0))
        i++;
    return i;
}

/* A parameter of a descriptor made by hand may have no name. */
static const char *label_of(const par_parameter *parameter)
{
    return parameter->name != NULL ? parameter->name : "?";
}

static int refuse_twice(binding *b, size_t index)
{
    return refuse(b, PAR_EARGS, "%s() is given \"%s\" twice", b->function->name,
                  label_of(&b->function->parameters[index]));
}

static int set_argument(binding *b, size_t index, const par_value *value)
{
    const par_parameter *parameter = &b->function->parameters[index];
    if (b->set & 1u << index)
        return refuse_twice(b, index);
    b->set |= 1u << index;
    int rc = par_convert(value, parameter, b->arguments + parameter->offset);
    if (rc == 0)
        return 0;
    char shown[96];
    char wanted[48];
    par_value named = *value;
    named.name = parameter->name;
    par_describe(wanted, sizeof(wanted), parameter);
    if (!par_type_known(value->type, value->size))
        return refuse(b, rc, "%s() is given a value of unknown type or size for \"%s\"",
                      b->function->name, label_of(parameter));
    return refuse(b, rc, "%s() cannot take %s: the parameter is %s", b->function->name,
                  par_value_format(shown, sizeof(shown), &named), wanted);
}

static int bind_positional(binding *b, const par_task *task, unsigned i, const par_value *value)
{
    if (i > 0 && task->as.values[i - 1].name != NULL)
        return refuse(b, PAR_EARGS, "%s() is given a value without a name after \"%s\"",
                      b->function->name, task->as.values[i - 1].name);
    if (i >= b->function->n_parameters)
        return refuse(b, PAR_EARGS, "%s() takes %zu argument%s and is given %u", b->function->name,
                      b->function->n_parameters, b->function->n_parameters == 1 ? "" : "s",
                      (unsigned)task->n);
    return set_argument(b, i, value);
}

static int bind_values(binding *b, const par_task *task)
{
    for (unsigned i = 0; i < task->n; i++) {
        par_value value = {.name = task->as.values[i].name,
                           .type = type_of_value(task, i),
                           .size = task->sizes[i],
                           .as = {.u = task->as.values[i].as.u}};
        int rc;
        if (value.name == NULL) {
            rc = bind_positional(b, task, i, &value);
        } else {
            size_t index = find_parameter(b->function, value.name);
            if (index == b->function->n_parameters)
                return refuse(b, PAR_EARGS, "%s() has no parameter \"%s\"", b->function->name,
                              value.name);
            rc = set_argument(b, index, &value);
        }
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Extras for parameters that have a value of their own are noted as used and left out. */
static int bind_extras(binding *b, const par_extra_values *extras, bool *used)
{
    uint32_t own = b->set, given = 0;
    for (size_t k = 0; k < extras->n; k++) {
        const par_value *value = &extras->values[k];
        if (value->name == NULL)
            return refuse(b, PAR_EARGS, "%s() is given an extra without a name", b->function->name);
        size_t index = find_parameter(b->function, value->name);
        if (index == b->function->n_parameters)
            continue;
        used[k] = true;
        if (given & 1u << index)
            return refuse_twice(b, index);
        given |= 1u << index;
        int rc = own & 1u << index ? 0 : set_argument(b, index, value);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int bind_defaults(binding *b)
{
    for (size_t i = 0; i < b->function->n_parameters; i++) {
        const par_parameter *parameter = &b->function->parameters[i];
        if (b->set & 1u << i)
            continue;
        if (parameter->set_default == NULL)
            return refuse(b, PAR_EARGS, "%s() lacks its argument \"%s\"", b->function->name,
                          label_of(parameter));
        parameter->set_default(b->arguments + parameter->offset);
    }
    return 0;
}

/* A foreign function's unsigned int may be an enum, its pointer a char *. */
static par_type foreign_result_as(const par_task *task)
{
    par_type is = task->as.foreign.result_type;
    if (is == PAR_POINTER)
        return PAR_STRING;
    return is == PAR_UINT && task->result_size == sizeof(int) ? PAR_INT : PAR_VOID;
}

/* A foreign function: its values are taken to be exactly of its parameters' types. */
static int bind_foreign(binding *b, const par_task *task)
{
    par_foreign_arguments *given = (par_foreign_arguments *)(void *)b->arguments;
    given->function = (par_function){.name = task->as.foreign.name,
                                     .result_type = task->as.foreign.result_type,
                                     .result_size = task->result_size,
                                     .n_parameters = task->n,
                                     .parameters = given->parameters,
                                     .arguments_size = sizeof(*given),
                                     .call = task->as.foreign.call,
                                     .result_as = foreign_result_as(task)};
    given->address = task->as.foreign.address;
    b->function = &given->function;
    for (unsigned i = 0; i < task->n; i++) {
        given->parameters[i] = (par_parameter){.type = type_of_value(task, i),
                                               .size = task->sizes[i],
                                               .offset = offsetof(par_foreign_arguments, values) +
                                                         i * sizeof(par_word)};
        par_value value = {.type = type_of_value(task, i),
                           .size = task->sizes[i],
                           .as = {.u = task->as.foreign.values[i].u}};
        int rc = set_argument(b, i, &value);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int check_suits(binding *b, unsigned check)
{
    static const char *const names[] = {"", "PAR_NULL", "PAR_NEGATIVE", "PAR_NAN"};
    par_type result = b->function->result_type;
    switch (check) {
    case 0:
        return 0;
    case PAR_NULL:
        if (result == PAR_POINTER || result == PAR_STRING)
            return 0;
        break;
    case PAR_NEGATIVE:
        if (result == PAR_INT || result == PAR_FLOAT)
            return 0;
        break;
    case PAR_NAN:
        if (result == PAR_FLOAT)
            return 0;
        break;
    default:
        return refuse(b, PAR_EARGS, "%s() is given a check that does not exist", b->function->name);
    }
    return refuse(b, PAR_EARGS, "%s() has a result that %s is not for", b->function->name,
                  names[check]);
}

static const char *string_at(const par_parameter *parameter, const void *arguments)
{
    const char *string;
    memcpy(&string, (const char *)arguments + parameter->offset, sizeof(string));
    return string;
}

static size_t string_bytes_of(const par_function *function, const void *arguments)
{
    size_t bytes = 0;
    for (size_t i = 0; i < function->n_parameters; i++) {
        if (function->parameters[i].type != PAR_STRING)
            continue;
        const char *string = string_at(&function->parameters[i], arguments);
        if (string != NULL)
            bytes += strlen(string) + 1;
    }
    return bytes;
}

int par_bind(const par_task *task, const par_extra_values *extras, bool *extras_used, void *storage,
             size_t *string_bytes, par_bind_error *error)
{
    binding b = {.function = task->function, .arguments = storage, .error = error};
    int rc = 0;
    switch (task->form) {
    case PAR_FORM_TYPED:
        par_bind_copy(storage, task, b.function->arguments_size);
        b.set = UINT32_MAX;
        break;
    case PAR_FORM_VALUES:
        rc = bind_values(&b, task);
        break;
    default:
        rc = bind_foreign(&b, task);
        break;
    }
    if (rc == 0 && extras != NULL && extras->n > 0)
        rc = bind_extras(&b, extras, extras_used);
    if (rc == 0 && task->form == PAR_FORM_VALUES)
        rc = bind_defaults(&b);
    if (rc == 0)
        rc = check_suits(&b, task->check);
    if (rc == 0)
        *string_bytes += string_bytes_of(b.function, storage);
    return rc;
}

const par_function *par_bind_function(const par_task *task, void *storage)
{
    if (task->form != PAR_FORM_FOREIGN)
        return task->function;
    par_foreign_arguments *given = storage;
    given->function.parameters = given->parameters;
    return &given->function;
}

char *par_bind_strings(const par_function *function, void *arguments, char *at)
{
    for (size_t i = 0; i < function->n_parameters; i++) {
        const par_parameter *parameter = &function->parameters[i];
        if (parameter->type != PAR_STRING)
            continue;
        const char *string = string_at(parameter, arguments);
        if (string == NULL)
            continue;
        size_t bytes = strlen(string) + 1;
        memcpy(at, string, bytes);
        memcpy((char *)arguments + parameter->offset, &at, sizeof(at));
        at += bytes;
    }
    return at;
}

void par_bound_run(const par_function *function, void *arguments, void *result)
{
    function->call(arguments, result);
}

int par_bound_check(const par_function *function, unsigned check, const void *result, int error)
{
    if (check == 0)
        return 0;
    const par_parameter as_value = {.type = function->result_type, .size = function->result_size};
    par_value value = par_value_at(&as_value, result);
    bool failed = false;
    if (check == PAR_NULL)
        failed = value.as.p == NULL;
    else if (check == PAR_NAN)
        failed = isnan(value.as.f);
    else if (value.type == PAR_FLOAT)
        failed = value.as.f < 0;
    else
        failed = value.as.i < 0;
    if (!failed)
        return 0;
    return error > 0 ? error : EINVAL;
}

size_t par_bound_count(const par_function *function)
{
    return function->n_parameters;
}

void par_bound_values(const par_function *function, const void *arguments, par_value *values)
{
    for (size_t i = 0; i < function->n_parameters; i++)
        values[i] = par_value_at(&function->parameters[i],
                                 (const char *)arguments + function->parameters[i].offset);
}
