/* par_ffi.c - functions that have not been decorated, called through libffi. */
#include <ffi.h>
#include <string.h>

#include "convert.h"
#include "foreign.h"
#include "par_ffi.h"

static ffi_type *integer_type(size_t size, ffi_type *one, ffi_type *two, ffi_type *four,
                              ffi_type *eight)
{
    return size == 1 ? one : size == 2 ? two : size == 4 ? four : eight;
}

/* NULL for what is not passed as a scalar or pointer. */
static ffi_type *ffi_type_for(par_type type, size_t size)
{
    if (type == PAR_VOID && size == 0)
        return &ffi_type_void;
    if (!par_type_known(type, size) || size > sizeof(par_word))
        return NULL;
    switch (type) {
    case PAR_INT:
        return integer_type(size, &ffi_type_sint8, &ffi_type_sint16, &ffi_type_sint32,
                            &ffi_type_sint64);
    case PAR_BOOL:
    case PAR_UINT:
        return integer_type(size, &ffi_type_uint8, &ffi_type_uint16, &ffi_type_uint32,
                            &ffi_type_uint64);
    case PAR_FLOAT:
        return size == sizeof(float) ? &ffi_type_float : &ffi_type_double;
    case PAR_STRING:
    case PAR_POINTER:
        return &ffi_type_pointer;
    case PAR_STRUCT:
    case PAR_VOID:
    default:
        return NULL;
    }
}

/* What ffi_call() writes: an integer narrower than a word comes as a whole one. */
typedef union returned {
    ffi_arg integer;
    double number;
    void *pointer;
} returned;

static void store_result(const par_function *function, const returned *from, void *result)
{
    if (function->result_type == PAR_FLOAT || function->result_size >= sizeof(from->integer))
        memcpy(result, from, function->result_size);
    else
        par_store_integer(result, function->result_size, from->integer);
}

static void call_foreign(void *arguments, void *result)
{
    par_foreign_arguments *given = arguments;
    const par_function *function = &given->function;
    ffi_type *types[PAR_MAX_PARAMETERS];
    void *values[PAR_MAX_PARAMETERS];
    for (size_t i = 0; i < function->n_parameters; i++) {
        types[i] = ffi_type_for(given->parameters[i].type, given->parameters[i].size);
        values[i] = &given->values[i];
    }
    /* A pointer as dlsym() would give it: its bytes are those of the function pointer. */
    void (*address)(void);
    memcpy(&address, &given->address, sizeof(address));
    ffi_cif call;
    ffi_type *result_type = ffi_type_for(function->result_type, function->result_size);
    if (ffi_prep_cif(&call, FFI_DEFAULT_ABI, (unsigned)function->n_parameters, result_type,
                     types) != FFI_OK)
        __builtin_trap();
    returned from = {0};
    ffi_call(&call, address, &from, values);
    if (function->result_type != PAR_VOID)
        store_result(function, &from, result);
}

par_task par_ffi_task(const char *name, const void *address, par_type result_type,
                      size_t result_size, const par_value *values, size_t n)
{
    par_task task = {0};
    if (name == NULL || address == NULL || (values == NULL && n > 0) || n > PAR_MAX_PARAMETERS ||
        ffi_type_for(result_type, result_size) == NULL)
        return task;
    for (size_t i = 0; i < n; i++) {
        if (values[i].type == PAR_VOID || ffi_type_for(values[i].type, values[i].size) == NULL)
            return (par_task){0};
        task.types |= (uint32_t)values[i].type << 4 * i;
        task.sizes[i] = (unsigned char)values[i].size;
        task.as.foreign.values[i].u = values[i].as.u;
    }
    task.form = PAR_FORM_FOREIGN;
    task.n = (unsigned char)n;
    task.result_size = (unsigned char)result_size;
    task.as.foreign.name = name;
    task.as.foreign.address = address;
    task.as.foreign.call = call_foreign;
    task.as.foreign.result_type = result_type;
    return task;
}
