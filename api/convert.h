/* convert.h - values to arguments and back. Internal to api/. */
#ifndef PAR_API_CONVERT_H
#define PAR_API_CONVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "par_function.h"
#include "par_value.h"

/* Is it one of par's types, with a size that it can have? */
bool par_type_known(par_type type, size_t size);

/* Writes `value` to `at` as the C type of `parameter`. Numbers convert if the value is kept
 * exactly, floating ones to floating ones as in C unless a finite one would become infinite;
 * strings and pointers as they are; a struct is copied. 0; PAR_EARGS when it does not convert;
 * PAR_ETYPE when the type or size of either is none of par's. */
int par_convert(const par_value *value, const par_parameter *parameter, void *at);

/* The argument at `at` as a value. A struct is not copied: the value points to it. */
par_value par_value_at(const par_parameter *parameter, const void *at);

/* Writes the low `size` (1, 2, 4 or 8) bytes of an integer's bits. */
void par_store_integer(void *at, size_t size, unsigned long long bits);

/* "an unsigned 8-bit integer": what `parameter` is, in words, in out[size]. Returns out. */
char *par_describe(char *out, size_t size, const par_parameter *parameter);

#endif
