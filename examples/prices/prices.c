/* prices.c - asking the exchanges: build the URL, fetch it, find the price in the JSON.
 *
 * Everything here runs in many threads at once. That takes no locks: the functions share nothing
 * but the sites, which do not change meanwhile.
 */
#include "prices.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fetch.h"

static price_sites sites;

void prices_set_sites(price_sites new_sites)
{
    sites = new_sites;
}

/* The answer to `url` as JSON, to be freed by cJSON_Delete(); NULL when that has failed. */
static cJSON *fetch_json(const char *url)
{
    char *body;
    if (fetch(url, &body) != 0)
        return NULL;
    cJSON *json = cJSON_Parse(body);
    if (json == NULL)
        par_fail(EPROTO, "not JSON, from %s: %.40s", url, body);
    free(body);
    return json;
}

/* A number, which some exchanges send as a string; NAN when it is neither. */
static double number(const cJSON *item)
{
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    if (!cJSON_IsString(item))
        return NAN;
    char *end;
    double value = strtod(item->valuestring, &end);
    return end != item->valuestring && *end == '\0' ? value : NAN;
}

/* The last step of each function: a price that is one, or a failure that says so. */
static double checked(double price, const char *url)
{
    if (isfinite(price) && price > 0)
        return price;
    return par_fail(EPROTO, "no price in the answer from %s", url), NAN;
}

double get_price_bitstamp(const char *crypto)
{
    char pair[8] = "", url[256];
    for (size_t i = 0; i < sizeof pair - 1 && crypto[i] != '\0'; i++)
        pair[i] = (char)tolower((unsigned char)crypto[i]);
    snprintf(url, sizeof url, "%s/api/v2/ticker/%susd/", sites.bitstamp, pair);
    cJSON *json = fetch_json(url);
    if (json == NULL)
        return NAN;
    double price = number(cJSON_GetObjectItem(json, "last"));
    cJSON_Delete(json);
    return checked(price, url);
}

double get_price_bitfinex(const char *crypto, const char *period)
{
    char url[256];
    snprintf(url, sizeof url, "%s/v2/candles/trade:%s:t%sUSD/last", sites.bitfinex, period, crypto);
    cJSON *candle = fetch_json(url);
    if (candle == NULL)
        return NAN;
    enum { CLOSE = 2, HIGH = 3, LOW = 4 };
    double price =
        (number(cJSON_GetArrayItem(candle, HIGH)) + number(cJSON_GetArrayItem(candle, LOW)) +
         number(cJSON_GetArrayItem(candle, CLOSE))) /
        3;
    cJSON_Delete(candle);
    return checked(price, url);
}

static double coinbase(const char *url)
{
    cJSON *json = fetch_json(url);
    if (json == NULL)
        return NAN;
    double price = number(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "data"), "amount"));
    cJSON_Delete(json);
    return checked(price, url);
}

double get_price_coinbase(const char *crypto)
{
    char url[256];
    snprintf(url, sizeof url, "%s/v2/prices/%s-USD/spot", sites.coinbase, crypto);
    return coinbase(url);
}

double get_price_coinbase_at(const char *crypto, long long time)
{
    char url[256];
    snprintf(url, sizeof url, "%s/v2/prices/%s-USD/spot?at=%lld", sites.coinbase, crypto, time);
    return coinbase(url);
}
