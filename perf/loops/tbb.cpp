/* tbb.cpp - by oneTBB's parallel_for and parallel_reduce, which find out the parts by themselves. */
#include <functional>

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include "../loops.h"

namespace
{

using range = tbb::blocked_range<std::size_t>;

std::uint64_t sum(const std::uint32_t *values, std::size_t n)
{
    return tbb::parallel_reduce(
        range(0, n), std::uint64_t(0),
        [values](const range &part, std::uint64_t total) {
            for (std::size_t i = part.begin(); i != part.end(); i++)
                total += loops_item(values[i]);
            return total;
        },
        std::plus<std::uint64_t>());
}

void each(std::size_t n, void (*part)(std::size_t begin, std::size_t end, void *context),
          void *context)
{
    tbb::parallel_for(range(0, n), [part, context](const range &some) {
        part(some.begin(), some.end(), context);
    });
}

void count(const loops_text *text, loops_words *words)
{
    *words = tbb::parallel_reduce(
        range(0, loops_blocks(text)), loops_words(),
        [text](const range &part, loops_words total) {
            for (std::size_t block = part.begin(); block != part.end(); block++)
                loops_count(text, block, &total);
            return total;
        },
        [](loops_words left, const loops_words &right) {
            loops_add(&left, &right);
            return left;
        });
}

} // namespace

const loops_by loops_tbb = {sum, each, count};
