/* nested.c - par() in a task, to any depth: counting primes by halving the range again and again.
 *
 * A thread that waits for a nested call works on its tasks meanwhile, so that this needs no more
 * threads than there are cores, and cannot deadlock.
 */
#include <errno.h>
#include <par.h>
#include <stdbool.h>
#include <stdio.h>

enum { LIMIT = 1000000, SMALL = 20000 };

static bool is_prime(long n)
{
    if (n < 4)
        return n > 1;
    if (n % 2 == 0)
        return false;
    for (long divisor = 3; divisor * divisor <= n; divisor += 2)
        if (n % divisor == 0)
            return false;
    return true;
}

static long count_primes(long begin, long end);
PAR_DECORATE(long, count_primes, (long, begin), (long, end))

static long count_primes(long begin, long end)
{
    if (end - begin <= SMALL) {
        long n = 0;
        for (long i = begin; i < end; i++)
            n += is_prime(i);
        return n;
    }

    long middle = begin + (end - begin) / 2;
    PAR_AUTO(par_results) *halves = NULL;
    int rc = par(&halves,
                 par_list(count_primes_future(begin, middle), count_primes_future(middle, end)));
    if (rc < 0) /* a failure below becomes one of this task */
        return par_fail(EIO, "%s", par_message(halves)), -1;
    return par_get(halves, 0, long) + par_get(halves, 1, long);
}

int main(void)
{
    long n = count_primes(0, LIMIT); /* the outermost call is an ordinary one */
    if (n < 0) {
        perror("count_primes");
        return 1;
    }
    printf("%ld primes below %d\n", n, LIMIT);
    return 0;
}
