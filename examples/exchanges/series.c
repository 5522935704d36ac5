/* series.c - reading a recorded series, and looking into it. */
#include "series.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int append(price_series *series, size_t *room, series_row row)
{
    if (series->n == *room) {
        size_t more = *room == 0 ? 512 : 2 * *room;
        series_row *rows = realloc(series->rows, more * sizeof *rows);
        if (rows == NULL)
            return ENOMEM;
        series->rows = rows;
        *room = more;
    }
    series->rows[series->n++] = row;
    return 0;
}

int series_read(price_series *out, const char *path)
{
    *out = (price_series){0};
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return errno;

    char line[128];
    size_t room = 0;
    int error = fgets(line, sizeof line, file) == NULL ? EINVAL : 0; /* the headings */
    while (error == 0 && fgets(line, sizeof line, file) != NULL) {
        series_row row;
        int used = 0;
        if (sscanf(line, "%lld,%lf,%lf %n", &row.time, &row.price, &row.volume, &used) != 3 ||
            line[used] != '\0')
            error = EINVAL;
        else
            error = append(out, &room, row);
    }
    if (error == 0 && (ferror(file) || out->n == 0))
        error = EINVAL;
    fclose(file);
    if (error != 0)
        series_free(out);
    return error;
}

void series_free(price_series *series)
{
    free(series->rows);
    series->rows = NULL;
    series->n = 0;
}

size_t series_at(const price_series *series, long long time)
{
    size_t first = 0, behind = series->n;
    while (behind - first > 1) {
        size_t middle = first + (behind - first) / 2;
        if (series->rows[middle].time <= time)
            first = middle;
        else
            behind = middle;
    }
    return first;
}

series_candle series_candle_of(const price_series *series, size_t last, size_t minutes)
{
    size_t first = minutes > last ? 0 : last + 1 - minutes;
    const series_row *rows = series->rows;
    series_candle candle = {.time = rows[last].time,
                            .open = rows[first].price,
                            .close = rows[last].price,
                            .high = rows[first].price,
                            .low = rows[first].price};
    for (size_t i = first; i <= last; i++) {
        if (rows[i].price > candle.high)
            candle.high = rows[i].price;
        if (rows[i].price < candle.low)
            candle.low = rows[i].price;
        candle.volume += rows[i].volume;
    }
    return candle;
}
