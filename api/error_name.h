/* error_name.h - the names of codes, for messages. Internal to api/; implemented in par_error.c. */
#ifndef PAR_API_ERROR_NAME_H
#define PAR_API_ERROR_NAME_H

/* "PAR_ETIMEDOUT", "ECONNREFUSED": the name of a PAR_E* (< 0) or of an errno value (either sign).
 * Static; NULL when the code has none. */
const char *par_error_name(int code);

/* The same, but for a code without a name its digits, written to `buffer`. */
enum { PAR_ERROR_LABEL = 16 };
const char *par_error_label(int code, char buffer[PAR_ERROR_LABEL]);

#endif
