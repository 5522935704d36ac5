/* cores.c - the probe as a program. Usage: cores FILE: adds a line to the file, how many cores the machine
 * gives right now. */
#include <stdio.h>

#include "../bench.h"
#include "../cores.h"

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "a") : NULL;
    if (file == NULL)
        bench_die("usage: %s FILE", argv[0]);
    fprintf(file, "%.3f\n", cores_available());
    return fclose(file) != 0;
}
