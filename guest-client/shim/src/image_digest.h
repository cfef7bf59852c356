/* The name under which a server keeps a module image: its SHA-256, computed once for an image that is loaded again. */
#ifndef PENSTOCK_IMAGE_DIGEST_H
#define PENSTOCK_IMAGE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { IMAGE_DIGEST_BYTES = 32 };

void image_digest(const unsigned char *bytes, size_t count, unsigned char digest[IMAGE_DIGEST_BYTES]);

/* How often this process has computed one: what a test can see of the memory for them. */
uint64_t image_digests_computed(void);

#endif
