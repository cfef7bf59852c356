#define _GNU_SOURCE
#include "image.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    WRAPPER_MAGIC = 0x466243b1,
    FATBIN_HEADER_BYTES = 16,
    FATBINS_MAX = 1024,
};

#define FATBIN_MAGIC 0xba55ed50u

typedef struct wrapper {
    uint32_t magic;
    uint32_t version;
    const void *data;
    const void *const *fatbins; /* version 2: linked fatbins, NULL at the end; version 1: a file name */
} wrapper_t;

typedef struct fatbin_header {
    uint32_t magic;
    uint16_t version;
    uint16_t header_bytes;
    uint64_t rest;
} fatbin_header_t;

_Static_assert(sizeof(fatbin_header_t) == FATBIN_HEADER_BYTES, "as it lies in an executable");

static uint32_t first_word(const void *pointer) {
    uint32_t word;
    memcpy(&word, pointer, sizeof word);
    return word;
}

/* Whether the program has memory there: sizes come from the image itself, which may be damaged or none at all. */
static bool is_mapped(const void *pointer, uint64_t bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)pointer & ~(page - 1);
    uintptr_t end;
    if (__builtin_add_overflow((uintptr_t)pointer, bytes, &end)) {
        return false;
    }
    /* writes nothing; fails with ENOMEM where a page is missing */
    return msync((void *)begin, end - begin, MS_ASYNC) == 0;
}

static bool find_fatbin(const void *pointer, image_t *image) {
    fatbin_header_t header;
    memcpy(&header, pointer, sizeof header);
    if (header.header_bytes < FATBIN_HEADER_BYTES || header.rest > SIZE_MAX - header.header_bytes
        || !is_mapped(pointer, header.header_bytes + header.rest)) {
        return false;
    }
    image->bytes = pointer;
    image->count = header.header_bytes + header.rest;
    return true;
}

/* The larger of an end and that of a part of the file; a part without an end gives one that no file has. */
static uint64_t larger(uint64_t end, uint64_t offset, uint64_t bytes) {
    uint64_t other;
    if (__builtin_add_overflow(offset, bytes, &other)) {
        return UINT64_MAX;
    }
    return other > end ? other : end;
}

static bool find_elf(const void *pointer, image_t *image) {
    Elf64_Ehdr header;
    memcpy(&header, pointer, sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64) {
        return false;
    }
    uint64_t end = larger(sizeof header, header.e_shoff, (uint64_t)header.e_shnum * header.e_shentsize);
    end = larger(end, header.e_phoff, (uint64_t)header.e_phnum * header.e_phentsize);
    if (!is_mapped(pointer, end)) {
        return false;
    }
    for (unsigned i = 0; header.e_shentsize >= sizeof(Elf64_Shdr) && i < header.e_shnum; i++) {
        Elf64_Shdr section;
        memcpy(&section, (const unsigned char *)pointer + header.e_shoff + (size_t)i * header.e_shentsize, sizeof section);
        if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL) {
            end = larger(end, section.sh_offset, section.sh_size);
        }
    }
    if (!is_mapped(pointer, end)) {
        return false;
    }
    image->bytes = pointer;
    image->count = end;
    return true;
}

/* PTX begins with a directive, a comment or blanks, and is text up to its NUL. */
static bool find_ptx(const void *pointer, image_t *image) {
    const char *text = pointer;
    unsigned char first = (unsigned char)text[0];
    if (first != '.' && first != '/' && first != ' ' && first != '\t' && first != '\n' && first != '\r') {
        return false;
    }
    image->bytes = pointer;
    image->count = strlen(text) + 1;
    return true;
}

/* The linked fatbins of relocatable code become one: the driver chooses among the entries of all. */
static bool join_fatbins(const void *const *fatbins, image_t *image) {
    size_t entries = 0;
    unsigned count = 0;
    image_t each;
    while (fatbins[count] != NULL) {
        if (count == FATBINS_MAX || first_word(fatbins[count]) != FATBIN_MAGIC || !find_fatbin(fatbins[count], &each)) {
            return false;
        }
        entries += each.count - FATBIN_HEADER_BYTES;
        count++;
    }
    if (count == 1) {
        return find_fatbin(fatbins[0], image);
    }
    unsigned char *joined = count == 0 ? NULL : malloc(FATBIN_HEADER_BYTES + entries);
    if (joined == NULL) {
        return false;
    }
    fatbin_header_t header = {FATBIN_MAGIC, 1, FATBIN_HEADER_BYTES, entries};
    memcpy(joined, &header, sizeof header);
    unsigned char *to = joined + sizeof header;
    for (unsigned i = 0; i < count; i++) {
        fatbin_header_t from;
        memcpy(&from, fatbins[i], sizeof from);
        memcpy(to, (const unsigned char *)fatbins[i] + from.header_bytes, from.rest);
        to += from.rest;
    }
    image->bytes = joined;
    image->count = (size_t)(to - joined);
    memcpy(joined + offsetof(fatbin_header_t, rest), &(uint64_t){image->count - sizeof header}, sizeof(uint64_t));
    image->owned = joined;
    return true;
}

static bool find_plain(const void *pointer, image_t *image) {
    const unsigned char *bytes = pointer;
    if (bytes[0] == 0x7f) {
        return memcmp(bytes, ELFMAG, SELFMAG) == 0 && find_elf(pointer, image);
    }
    if (bytes[0] == 0x50 && first_word(pointer) == FATBIN_MAGIC) {
        return find_fatbin(pointer, image);
    }
    return find_ptx(pointer, image);
}

bool image_find(const void *pointer, image_t *image) {
    memset(image, 0, sizeof *image);
    const unsigned char *bytes = pointer;
    if (bytes[0] != 0xb1 || first_word(pointer) != WRAPPER_MAGIC) {
        return find_plain(pointer, image);
    }
    wrapper_t wrapper;
    memcpy(&wrapper, pointer, sizeof wrapper);
    if (wrapper.version == 2 && wrapper.fatbins != NULL && wrapper.fatbins[0] != NULL) {
        return join_fatbins(wrapper.fatbins, image);
    }
    return wrapper.data != NULL && find_plain(wrapper.data, image);
}

void image_free(image_t *image) {
    free(image->owned);
    image->owned = NULL;
}
