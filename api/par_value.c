/* par_value.c - values as text. */
#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "value_print.h"

/* Where text goes: to `file`, or if that is NULL to [at, end), of which the last byte is kept for
 * the NUL. */
typedef struct sink {
    FILE *file;
    char *at, *end;
    bool cut;
} sink;

static void put(sink *to, const char *text, size_t n)
{
    if (to->file != NULL) {
        fwrite(text, 1, n, to->file);
        return;
    }
    size_t room = (size_t)(to->end - to->at) - 1;
    if (n > room) {
        to->cut = true;
        n = room;
    }
    memcpy(to->at, text, n);
    to->at += n;
}

static void put_text(sink *to, const char *text)
{
    put(to, text, strlen(text));
}

static const char *escape_of(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

/* Bytes from 0x80 on are left as they are: they are UTF-8, most likely. */
static void put_escaped(sink *to, const char *text, bool quoted)
{
    for (; *text != '\0' && !to->cut; text++) {
        unsigned char c = (unsigned char)*text;
        char octal[5];
        if (escape_of(c) != NULL && (quoted || c < 0x20)) {
            put_text(to, escape_of(c));
        } else if (c < 0x20 || c == 0x7f) {
            snprintf(octal, sizeof(octal), "\\%03o", (unsigned)c);
            put_text(to, octal);
        } else {
            put(to, text, 1);
        }
    }
}

static void put_string(sink *to, const char *text)
{
    put(to, "\"", 1);
    put_escaped(to, text, true);
    put(to, "\"", 1);
}

/* The locale's decimal point, the only thing in `digits` that is neither a digit nor a letter nor a
 * sign, becomes a full stop. */
static void put_number(sink *to, const char *digits)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz+-";
    size_t whole = strspn(digits, plain);
    put(to, digits, whole);
    size_t point = strcspn(digits + whole, plain);
    if (point > 0)
        put(to, ".", 1);
    put_text(to, digits + whole + point);
}

/* DBL_DIG digits survive the way from text to number and back, so fewer need not be tried. */
static void put_float(sink *to, double number, size_t size)
{
    char digits[40];
    bool single = size == sizeof(float);
    int enough = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    for (int n = single ? FLT_DIG : DBL_DIG; n <= enough; n++) {
        snprintf(digits, sizeof(digits), "%.*g", n, number);
        double back = strtod(digits, NULL);
        if (single ? (float)back == (float)number : back == number)
            break;
    }
    put_number(to, digits);
}

static void put_value(sink *to, const par_value *value)
{
    char text[32];
    switch (value->type) {
    case PAR_BOOL:
        put_text(to, value->as.i ? "true" : "false");
        return;
    case PAR_INT:
        snprintf(text, sizeof(text), "%lld", value->as.i);
        break;
    case PAR_UINT:
        snprintf(text, sizeof(text), "%llu", value->as.u);
        break;
    case PAR_FLOAT:
        put_float(to, value->as.f, value->size);
        return;
    case PAR_STRING:
        if (value->as.s != NULL)
            put_string(to, value->as.s);
        else
            put_text(to, "NULL");
        return;
    case PAR_POINTER:
        if (value->as.p != NULL)
            snprintf(text, sizeof(text), "0x%zx", (size_t)value->as.p);
        else
            snprintf(text, sizeof(text), "NULL");
        break;
    case PAR_STRUCT:
        snprintf(text, sizeof(text), "{%zu bytes}", value->size);
        break;
    case PAR_VOID:
    default:
        put_text(to, "void");
        return;
    }
    put_text(to, text);
}

static void put_named(sink *to, const par_value *value)
{
    if (value->name != NULL) {
        put_text(to, value->name);
        put(to, "=", 1);
    }
    put_value(to, value);
}

void par_words_print(FILE *file, const char *text)
{
    sink to = {.file = file};
    put_escaped(&to, text, false);
}

void par_value_print(FILE *file, const par_value *value)
{
    sink to = {.file = file};
    put_named(&to, value);
}

char *par_value_format(char *out, size_t size, const par_value *value)
{
    sink to = {.at = out, .end = out + size};
    put_named(&to, value);
    *to.at = '\0';
    if (to.cut)
        memcpy(out + size - 4, "...", 4);
    return out;
}
