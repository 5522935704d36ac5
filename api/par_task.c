/* par_task.c - making a task from values. */
#include <string.h>

#include "convert.h"
#include "par_error.h"
#include "par_task.h"

int par_task_make(par_task *task, const par_function *function, const par_value *values, size_t n)
{
    if (task == NULL)
        return PAR_EINVAL;
    memset(task, 0, sizeof(*task));
    if (function == NULL || (values == NULL && n > 0))
        return PAR_EINVAL;
    if (n > PAR_MAX_PARAMETERS || function->n_parameters > PAR_MAX_PARAMETERS)
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
