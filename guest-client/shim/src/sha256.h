/* SHA-256 (FIPS 180-4), for naming module images: by the processor's own instructions where it has them. */
#ifndef PENSTOCK_SHA256_H
#define PENSTOCK_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void sha256(const void *bytes, size_t count, unsigned char digest[32]);

/* Adds whole blocks of 64 bytes to the state. */
typedef void sha256_blocks_t(uint32_t state[8], const unsigned char *blocks, size_t count);

sha256_blocks_t sha256_portable;
sha256_blocks_t sha256_instructions; /* only where sha256_has_instructions() */

bool sha256_has_instructions(void);

void sha256_by(sha256_blocks_t *add, const void *bytes, size_t count, unsigned char digest[32]);

#endif
