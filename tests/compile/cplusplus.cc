// cplusplus.cc - what C++ sees of the headers; must compile without a warning.
#include "par_auto.h"
#include "par_ffi.h"
#include "par_future.h"

static double scale(double x, int factor)
{
    return x * factor;
}

struct scale_arguments {
    double x;
    int factor;
};

extern "C" {
static void scale_call(void *arguments, void *result)
{
    scale_arguments *given = static_cast<scale_arguments *>(arguments);
    *static_cast<double *>(result) = scale(given->x, given->factor);
}

static void default_factor(void *argument)
{
    *static_cast<int *>(argument) = 2;
}
}

static const par_parameter scale_parameters[] = {
    {"x", PAR_FLOAT, sizeof(double), offsetof(scale_arguments, x), NULL},
    {"factor", PAR_INT, sizeof(int), offsetof(scale_arguments, factor), default_factor}};
static uint32_t scale_cost;
static const par_function scale_function = {"scale",    PAR_FLOAT,        sizeof(double),
                                            2,          scale_parameters, sizeof(scale_arguments),
                                            scale_call, &scale_cost,      PAR_VOID};

void make(par_calls calls, par_extra_values extras);
int make_one();

int make_one()
{
    par_value x = par_value();
    x.name = "x";
    x.type = PAR_FLOAT;
    x.size = sizeof(double);
    x.as.f = 0.5;
    par_task task;
    int rc = par_task_make(&task, &scale_function, &x, 1);
    if (rc < 0)
        return rc;
    task = par_check(task, PAR_NAN);
    par_named_task entry = {"half", task};
    par_extra_values none = par_extra_values();
    make(par_array(&task, 1), none);
    make(par_named_array(&entry, 1), none);
    return 0;
}
