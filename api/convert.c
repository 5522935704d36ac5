/* convert.c - values to arguments and back. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "convert.h"
#include "par_error.h"

static bool is_integer_size(size_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static bool is_float_size(size_t size)
{
    return size == sizeof(float) || size == sizeof(double) || size == sizeof(long double);
}

bool par_type_known(par_type type, size_t size)
{
    switch (type) {
    case PAR_BOOL:
        return size == sizeof(bool);
    case PAR_INT:
    case PAR_UINT:
        return is_integer_size(size);
    case PAR_FLOAT:
        return is_float_size(size);
    case PAR_STRING:
    case PAR_POINTER:
        return size == sizeof(void *);
    case PAR_STRUCT:
        return size > 0;
    case PAR_VOID:
    default:
        return false;
    }
}

void par_store_integer(void *at, size_t size, unsigned long long bits)
{
    uint8_t one = (uint8_t)bits;
    uint16_t two = (uint16_t)bits;
    uint32_t four = (uint32_t)bits;
    uint64_t eight = bits;
    switch (size) {
    case 1:
        memcpy(at, &one, sizeof(one));
        break;
    case 2:
        memcpy(at, &two, sizeof(two));
        break;
    case 4:
        memcpy(at, &four, sizeof(four));
        break;
    default:
        memcpy(at, &eight, sizeof(eight));
        break;
    }
}

/* Every integer of C between LLONG_MIN and ULLONG_MAX: `bits` is its two's complement. */
typedef struct integer {
    unsigned long long bits;
    bool negative;
} integer;

static bool integer_of_float(double number, integer *out)
{
    if (!(number >= -0x1p63 && number < 0x1p64) || number != trunc(number))
        return false;
    out->negative = number < 0;
    out->bits = out->negative ? (unsigned long long)(long long)number : (unsigned long long)number;
    return true;
}

/* False for what is no number, or no whole one. */
static bool integer_of(const par_value *value, integer *out)
{
    switch (value->type) {
    case PAR_BOOL:
    case PAR_INT:
        *out = (integer){(unsigned long long)value->as.i, value->as.i < 0};
        return true;
    case PAR_UINT:
        *out = (integer){value->as.u, false};
        return true;
    case PAR_FLOAT:
        return integer_of_float(value->as.f, out);
    default:
        return false;
    }
}

static bool to_integer(const par_value *value, const par_parameter *parameter, void *at)
{
    integer given;
    if (!integer_of(value, &given))
        return false;
    unsigned long long most = ULLONG_MAX >> (64 - 8 * parameter->size);
    if (parameter->type == PAR_BOOL)
        most = 1;
    else if (parameter->type == PAR_INT)
        most >>= 1;
    if (given.negative ? parameter->type != PAR_INT || ~given.bits > most : given.bits > most)
        return false;
    par_store_integer(at, parameter->size, given.bits);
    return true;
}

/* Can a floating type with that many binary digits hold the integer exactly? */
static bool holds_integer(integer given, int digits)
{
    unsigned long long magnitude = given.negative ? -given.bits : given.bits;
    if (magnitude == 0 || digits >= 64)
        return true;
    return magnitude >> __builtin_ctzll(magnitude) >> digits == 0;
}

static void store_float(void *at, size_t size, long double number)
{
    float single = (float)number;
    double twice = (double)number;
    if (size == sizeof(single))
        memcpy(at, &single, sizeof(single));
    else if (size == sizeof(twice))
        memcpy(at, &twice, sizeof(twice));
    else
        memcpy(at, &number, sizeof(number));
}

static bool to_float(const par_value *value, const par_parameter *parameter, void *at)
{
    size_t size = parameter->size;
    if (value->type == PAR_FLOAT) {
        if (size == sizeof(float) && isfinite(value->as.f) && isinf((float)value->as.f))
            return false;
        store_float(at, size, value->as.f);
        return true;
    }
    integer given;
    int digits = size == sizeof(float)    ? FLT_MANT_DIG
                 : size == sizeof(double) ? DBL_MANT_DIG
                                          : LDBL_MANT_DIG;
    if (!integer_of(value, &given) || !holds_integer(given, digits))
        return false;
    store_float(at, size,
                given.negative ? (long double)(long long)given.bits : (long double)given.bits);
    return true;
}

static bool to_pointer(const par_value *value, const par_parameter *parameter, void *at)
{
    bool fits = value->type == PAR_STRING || value->type == PAR_POINTER;
    if (parameter->type == PAR_STRING && value->type == PAR_POINTER)
        fits = value->as.p == NULL;
    if (fits)
        memcpy(at, &value->as.p, sizeof(value->as.p));
    return fits;
}

static bool to_struct(const par_value *value, const par_parameter *parameter, void *at)
{
    if (value->type != PAR_STRUCT || value->size != parameter->size || value->as.p == NULL)
        return false;
    memcpy(at, value->as.p, value->size);
    return true;
}

int par_convert(const par_value *value, const par_parameter *parameter, void *at)
{
    if (!par_type_known(value->type, value->size) ||
        !par_type_known(parameter->type, parameter->size))
        return PAR_ETYPE;
    bool fits = false;
    switch (parameter->type) {
    case PAR_BOOL:
    case PAR_INT:
    case PAR_UINT:
        fits = to_integer(value, parameter, at);
        break;
    case PAR_FLOAT:
        fits = to_float(value, parameter, at);
        break;
    case PAR_STRING:
    case PAR_POINTER:
        fits = to_pointer(value, parameter, at);
        break;
    case PAR_STRUCT:
        fits = to_struct(value, parameter, at);
        break;
    case PAR_VOID:
        break;
    }
    return fits ? 0 : PAR_EARGS;
}

static unsigned long long load_uint(const void *at, size_t size)
{
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (size) {
    case 1:
        memcpy(&one, at, sizeof(one));
        return one;
    case 2:
        memcpy(&two, at, sizeof(two));
        return two;
    case 4:
        memcpy(&four, at, sizeof(four));
        return four;
    default:
        memcpy(&eight, at, sizeof(eight));
        return eight;
    }
}

static long long load_int(const void *at, size_t size)
{
    unsigned long long sign = 1ULL << (8 * size - 1);
    return (long long)((load_uint(at, size) ^ sign) - sign);
}

static double load_float(const void *at, size_t size)
{
    float single;
    double twice;
    long double most;
    if (size == sizeof(single)) {
        memcpy(&single, at, sizeof(single));
        return (double)single;
    }
    if (size == sizeof(twice)) {
        memcpy(&twice, at, sizeof(twice));
        return twice;
    }
    memcpy(&most, at, sizeof(most));
    return (double)most;
}

par_value par_value_at(const par_parameter *parameter, const void *at)
{
    par_value value = {
        .name = parameter->name, .type = parameter->type, .size = parameter->size, .as = {.u = 0}};
    switch (parameter->type) {
    case PAR_INT:
        value.as.i = load_int(at, parameter->size);
        break;
    case PAR_BOOL:
    case PAR_UINT:
        value.as.u = load_uint(at, parameter->size);
        break;
    case PAR_FLOAT:
        value.as.f = load_float(at, parameter->size);
        break;
    case PAR_STRING:
    case PAR_POINTER:
        memcpy(&value.as.p, at, sizeof(value.as.p));
        break;
    case PAR_STRUCT:
        value.as.p = at;
        break;
    case PAR_VOID:
        break;
    }
    return value;
}

char *par_describe(char *out, size_t size, const par_parameter *parameter)
{
    switch (parameter->type) {
    case PAR_BOOL:
        snprintf(out, size, "a bool");
        break;
    case PAR_INT:
        snprintf(out, size, "a signed %zu-bit integer", 8 * parameter->size);
        break;
    case PAR_UINT:
        snprintf(out, size, "an unsigned %zu-bit integer", 8 * parameter->size);
        break;
    case PAR_FLOAT:
        snprintf(out, size, "a %zu-bit floating number", 8 * parameter->size);
        break;
    case PAR_STRING:
        snprintf(out, size, "a const char *");
        break;
    case PAR_POINTER:
        snprintf(out, size, "a pointer");
        break;
    case PAR_STRUCT:
        snprintf(out, size, "a struct of %zu bytes", parameter->size);
        break;
    case PAR_VOID:
    default:
        snprintf(out, size, "of no type");
        break;
    }
    return out;
}
