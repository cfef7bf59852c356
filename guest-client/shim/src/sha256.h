/* SHA-256 (FIPS 180-4), for naming module images. */
#ifndef PENSTOCK_SHA256_H
#define PENSTOCK_SHA256_H

#include <stddef.h>

void sha256(const void *bytes, size_t count, unsigned char digest[32]);

#endif
