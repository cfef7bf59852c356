#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "image_digest.h"
#include "limits.h"
#include "module.h"
#include "payload.h"

enum {
    JIT_WALL_TIME = 2,
    JIT_INFO_LOG = 3,
    JIT_INFO_LOG_BYTES = 4,
    JIT_ERROR_LOG = 5,
    JIT_ERROR_LOG_BYTES = 6,
};

static void **jit_value(const jit_options_t *jit, unsigned int option) {
    for (unsigned int i = 0; i < jit->count; i++) {
        if ((unsigned int)jit->options[i] == option) {
            return (void **)&jit->values[i];
        }
    }
    return NULL;
}

uint64_t jit_body_bytes(const jit_options_t *jit) {
    return 8 + 16 * (uint64_t)jit->count;
}

/* Values that are addresses of this program's, or what the driver writes there. */
static bool travels_empty(unsigned int option) {
    switch (option) {
    case JIT_WALL_TIME:
    case JIT_INFO_LOG:
    case JIT_ERROR_LOG:
    case CU_JIT_GLOBAL_SYMBOL_NAMES:
    case CU_JIT_GLOBAL_SYMBOL_ADDRESSES:
    case CU_JIT_REFERENCED_KERNEL_NAMES:
    case CU_JIT_REFERENCED_VARIABLE_NAMES:
        return true;
    default:
        return false;
    }
}

void jit_put(call_t *call, const jit_options_t *jit) {
    call_put_u64(call, jit->count);
    for (unsigned int i = 0; i < jit->count; i++) {
        unsigned int option = (unsigned int)jit->options[i];
        call_put_u32(call, option);
        call_put_u32(call, 0);
        call_put_u64(call, travels_empty(option) ? 0 : (uint64_t)(uintptr_t)jit->values[i]);
    }
}

jit_rooms_t jit_rooms(const jit_options_t *jit) {
    void *const *info = jit_value(jit, JIT_INFO_LOG_BYTES);
    void *const *error = jit_value(jit, JIT_ERROR_LOG_BYTES);
    return (jit_rooms_t){info == NULL ? 0 : (uintptr_t)*info, error == NULL ? 0 : (uintptr_t)*error};
}

static void take_log(call_t *call, const jit_options_t *jit, unsigned int buffer_option, unsigned int size_option,
                     uint64_t room) {
    uint64_t count = 0;
    const unsigned char *text = call_get_bytes(call, &count);
    void **buffer = jit_value(jit, buffer_option);
    void **size = jit_value(jit, size_option);
    if (buffer == NULL || *buffer == NULL || size == NULL || room == 0) {
        return;
    }
    uint64_t kept = count < room ? count : room - 1;
    if (kept > 0) {
        memcpy(*buffer, text, kept);
    }
    ((char *)*buffer)[kept] = 0;
    *size = (void *)(uintptr_t)kept; /* the driver writes back how much it wrote */
}

void jit_take_logs(call_t *call, const jit_options_t *jit, const jit_rooms_t *rooms) {
    take_log(call, jit, JIT_INFO_LOG, JIT_INFO_LOG_BYTES, rooms->info);
    take_log(call, jit, JIT_ERROR_LOG, JIT_ERROR_LOG_BYTES, rooms->error);
}

void jit_take_time(call_t *call, const jit_options_t *jit) {
    float milliseconds = call_get_f32(call);
    void **value = jit_value(jit, JIT_WALL_TIME);
    if (value != NULL) {
        *value = NULL;
        memcpy(value, &milliseconds, sizeof milliseconds);
    }
}

static CUresult send_image(const load_t *load, const unsigned char *digest, const image_t *image, bool with_bytes) {
    upload_t upload;
    CUresult result = upload_begin(&upload, image->bytes, with_bytes ? image->count : 0);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    uint64_t body = 8 + IMAGE_DIGEST_BYTES + upload_body_bytes(&upload) + jit_body_bytes(&load->jit);
    call_t call;
    result = call_begin(&call, load->number, CALL_WAITS, body);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, load->wire);
    call_put_struct(&call, digest, IMAGE_DIGEST_BYTES);
    upload_put(&call, &upload);
    jit_put(&call, &load->jit);
    result = call_wait(&call);
    if (call.reply_bytes > 0 && (with_bytes || result != CUDA_ERROR_NOT_FOUND)) {
        const jit_rooms_t rooms = jit_rooms(&load->jit);
        jit_take_logs(&call, &load->jit, &rooms);
        jit_take_time(&call, &load->jit);
    }
    call_end(&call);
    return result;
}

CUresult load_image(const load_t *load, const void *pointer) {
    image_t image;
    if (load->jit.count > JIT_OPTIONS_MAX || (load->jit.count > 0 && (load->jit.options == NULL || load->jit.values == NULL))) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    if (!image_find(pointer, &image)) {
        return CUDA_ERROR_INVALID_IMAGE;
    }
    /* What fits into the call's own frame travels with it: quicker than the question whether it must. */
    unsigned char digest[IMAGE_DIGEST_BYTES] = {0};
    CUresult result = CUDA_ERROR_NOT_FOUND;
    if (image.count > INLINE_PAYLOAD_BYTES_MAX) {
        image_digest(image.bytes, image.count, digest);
        result = send_image(load, digest, &image, false);
    }
    if (result == CUDA_ERROR_NOT_FOUND) {
        result = send_image(load, digest, &image, true);
    }
    image_free(&image);
    return result;
}

void *load_file(const char *path, size_t *size, CUresult *result) {
    struct stat about;
    unsigned char *bytes = NULL;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    *result = file < 0 ? CUDA_ERROR_FILE_NOT_FOUND : CUDA_ERROR_INVALID_VALUE;
    if (file < 0 || fstat(file, &about) != 0) {
        goto cleanup;
    }
    size_t count = (size_t)about.st_size;
    bytes = malloc(count + 1);
    if (bytes == NULL) {
        *result = CUDA_ERROR_OUT_OF_MEMORY;
        goto cleanup;
    }
    size_t have = 0;
    while (have < count) {
        ssize_t got = read(file, bytes + have, count - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            free(bytes);
            bytes = NULL;
            goto cleanup;
        }
        have += (size_t)got;
    }
    bytes[have] = 0;
    *size = have;
    *result = CUDA_SUCCESS;
cleanup:
    if (file >= 0) {
        (void)close(file);
    }
    return bytes;
}
