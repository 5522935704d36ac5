/* par_task.c - making a task from values. */
#include <string.h>

#include "convert.h"
#include "par_error.h"
#include "par_task.h"

/* Can calls be made by this descriptor? PAR_EARGS: not of so many parameters, PAR_ETYPE: not of such
 * types, PAR_EINVAL: it contradicts itself. */
static int check_function(const par_function *function)
{
    if (function->name == NULL || function->call == NULL ||
        (function->parameters == NULL && function->n_parameters > 0))
        return PAR_EINVAL;
    if (function->n_parameters > PAR_MAX_PARAMETERS)
        return PAR_EARGS;
    if (function->arguments_size > PAR_MAX_ARGUMENTS || function->result_size > UINT32_MAX)
        return PAR_EINVAL;
    if (function->result_type != PAR_VOID &&
        !par_type_known(function->result_type, function->result_size))
        return PAR_ETYPE;
    for (size_t i = 0; i < function->n_parameters; i++) {
        const par_parameter *parameter = &function->parameters[i];
        if (!par_type_known(parameter->type, parameter->size))
            return PAR_ETYPE;
        if (parameter->size > function->arguments_size ||
            parameter->offset > function->arguments_size - parameter->size)
            return PAR_EINVAL;
    }
    return 0;
}

int par_task_make(par_task *task, const par_function *function, const par_value *values, size_t n)
{
    if (task == NULL)
        return PAR_EINVAL;
    memset(task, 0, sizeof(*task));
    if (function == NULL || (values == NULL && n > 0))
        return PAR_EINVAL;
    int rc = check_function(function);
    if (rc != 0)
        return rc;
    if (n > PAR_MAX_PARAMETERS)
        return PAR_EARGS;
    for (size_t i = 0; i < n; i++)
        if (!par_type_known(values[i].type, values[i].size) || values[i].size > UINT8_MAX)
            return PAR_ETYPE;
    task->function = function;
    task->form = PAR_FORM_VALUES;
    task->n = (unsigned char)n;
    for (size_t i = 0; i < n; i++) {
        task->types |= (uint32_t)values[i].type << 4 * i;
        task->sizes[i] = (unsigned char)values[i].size;
        task->as.values[i].as.u = values[i].as.u;
        task->as.values[i].name = values[i].name;
    }
    return 0;
}
