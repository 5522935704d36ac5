/* series.h - a recorded series of prices: one row a minute, read from a CSV file. */
#ifndef EXAMPLES_SERIES_H
#define EXAMPLES_SERIES_H

#include <stddef.h>

typedef struct series_row {
    long long time; /* seconds since 1970 */
    double price;
    double volume; /* traded in this minute */
} series_row;

typedef struct price_series {
    size_t n;
    series_row *rows; /* in the order of time */
} price_series;

/* What a range of rows comes to: what traders call a candle. */
typedef struct series_candle {
    long long time; /* of the last row */
    double open, close, high, low, volume;
} series_candle;

/* Reads `path`, whose lines are `time,price,volume` below one line of headings. 0, or an errno
 * value (EINVAL: not such a file, or no rows); then `out` is empty. Free with series_free(). */
int series_read(price_series *out, const char *path);
void series_free(price_series *series);

/* The index of the last row that is not later than `time`, or of the first row. */
size_t series_at(const price_series *series, long long time);

/* The candle of the `minutes` rows (at least 1; fewer at the beginning) that end at row `last`. */
series_candle series_candle_of(const price_series *series, size_t last, size_t minutes);

#endif
