/* value_print.h - values as text. Internal to api/; implemented in par_value.c.
 *
 * A value is shown as `name=value`, or `value` while it has no name: strings in quotes and with
 * escapes, so that they stay on one line and cannot steer a terminal; floating numbers with the
 * fewest digits that read back as the same number, whatever the locale; true, false, NULL; 0x and
 * hexadecimal digits for a pointer; {16 bytes} for a struct.
 */
#ifndef PAR_API_VALUE_PRINT_H
#define PAR_API_VALUE_PRINT_H

#include <stddef.h>
#include <stdio.h>

#include "par_value.h"

void par_value_print(FILE *file, const par_value *value);

/* Words of the program's own, a name or a message: without quotes, but with control characters
 * escaped as in strings. */
void par_words_print(FILE *file, const char *text);

/* The same into out[size], size being at least 4: NUL-terminated, ending in "..." where it was cut.
 * Returns out. */
char *par_value_format(char *out, size_t size, const par_value *value);

#endif
