/* loops.c - counting words. */
#include "loops.h"

#include <stdbool.h>

enum { BLOCK = 1 << 16 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t loops_blocks(const loops_text *text)
{
    return (text->size + BLOCK - 1) / BLOCK;
}

void loops_count(const loops_text *text, size_t block, loops_words *words)
{
    size_t at = block * BLOCK, end = at + BLOCK < text->size ? at + BLOCK : text->size;
    if (at != 0 && is_letter(text->at[at - 1])) {
        while (at < end && is_letter(text->at[at]))
            at++; /* the word began in the block before */
    }
    while (at < end) {
        size_t began = at;
        while (at < text->size && is_letter(text->at[at]))
            at++;
        size_t length = at - began;
        if (length != 0) {
            words->words++;
            words->letters += length;
            words->by_length[length < LOOPS_LONGEST ? length : LOOPS_LONGEST]++;
        }
        at++;
    }
}

void loops_add(loops_words *into, const loops_words *from)
{
    into->words += from->words;
    into->letters += from->letters;
    for (size_t i = 0; i <= LOOPS_LONGEST; i++)
        into->by_length[i] += from->by_length[i];
}
