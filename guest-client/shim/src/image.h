/*
 * Module images in the program's memory: what they are and how many bytes they have. Only a pointer comes with them.
 */
#ifndef PENSTOCK_IMAGE_H
#define PENSTOCK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct image {
    const unsigned char *bytes;
    size_t count;
    void *owned; /* to free, when the image had to be put together */
} image_t;

/* Finds the image behind a wrapper (version 1 or 2), a fatbin, an ELF file or PTX text. False for anything else. */
bool image_find(const void *pointer, image_t *image);

void image_free(image_t *image);

#endif
