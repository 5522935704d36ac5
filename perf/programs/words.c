/* words.c - counts the words of a text, by their lengths. Usage: words FILE TIMES: the file so many
 * times over. */
#include <stdio.h>
#include <string.h>

#include "program.h"

static loops_text read_file(const char *path, size_t times)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        bench_die("%s cannot be read", path);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *at = program_allocate(size, times);
    if (fread(at, 1, size, file) != size)
        bench_die("%s cannot be read", path);
    fclose(file);
    for (size_t i = 1; i < times; i++)
        memcpy(at + i * size, at, size);
    return (loops_text){at, size * times};
}

int main(int argc, char **argv)
{
    size_t times = program_number(argc, argv, 2), longest = LOOPS_LONGEST;
    loops_text text = read_file(argv[1], times);
    loops_words words = {0};
    PROGRAM_LOOPS->count(&text, &words);
    while (longest != 0 && words.by_length[longest] == 0)
        longest--;
    printf("%zu bytes, %llu words of %llu letters, the longest of %zu\n", text.size,
           (unsigned long long)words.words, (unsigned long long)words.letters, longest);
    return 0;
}
