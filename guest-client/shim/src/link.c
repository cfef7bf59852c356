/* The linker: its state lives on the server; what it links and what comes out lives here. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "context.h"
#include "forwards.h"
#include "handle.h"
#include "image.h"
#include "limits.h"
#include "module.h"
#include "payload.h"
#include "process.h"

/* The program's options (their logs are filled until cuLinkComplete) and the linked image, which lives as long as the state. */
typedef struct link {
    jit_options_t jit;
    jit_rooms_t rooms;
    unsigned char *image; /* at most one a state; freed with the next or with the state */
} link_t;

CUresult cuLinkCreate_v2(unsigned int numOptions, CUjit_option *options, void **optionValues, CUlinkState *stateOut) {
    CUcontext context = NULL;
    context_t *detail = NULL;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = context_current(&context, &detail);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (stateOut == NULL || numOptions > JIT_OPTIONS_MAX || (numOptions > 0 && (options == NULL || optionValues == NULL))) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    uint64_t wire = 0;
    link_t *link = calloc(1, sizeof *link);
    void *made = link == NULL ? NULL : handle_make(HANDLE_LINK, &wire);
    if (made == NULL) {
        free(link);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    link->jit = (jit_options_t){numOptions, options, optionValues};
    link->rooms = jit_rooms(&link->jit);
    handle_set_detail(made, link);
    call_t call;
    result = call_begin(&call, CALL_cuLinkCreate_v2, CALL_WAITS, 8 + jit_body_bytes(&link->jit));
    if (result == CUDA_SUCCESS) {
        call_put_handle(&call, wire);
        jit_put(&call, &link->jit);
        result = call_wait(&call);
        call_end(&call);
    }
    if (result != CUDA_SUCCESS) {
        handle_drop(made);
        return result;
    }
    *stateOut = made;
    return CUDA_SUCCESS;
}

CUresult cuLinkAddData_v2(CUlinkState state, CUjitInputType type, void *data, size_t size, const char *name,
                          unsigned int numOptions, CUjit_option *options, void **optionValues) {
    uint64_t wire = 0;
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = handle_in(HANDLE_LINK, state, &wire);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    const jit_options_t jit = {numOptions, options, optionValues};
    const char *label = name != NULL ? name : "";
    if (data == NULL || numOptions > JIT_OPTIONS_MAX || strlen(label) > STRING_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    upload_t upload;
    call_t call;
    result = upload_begin(&upload, data, size);
    if (result == CUDA_SUCCESS) {
        uint64_t body = 16 + 8 + call_padded(strlen(label)) + upload_body_bytes(&upload) + jit_body_bytes(&jit);
        result = call_begin(&call, CALL_cuLinkAddData_v2, CALL_WAITS, body);
    }
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    call_put_u32(&call, (uint32_t)type);
    call_put_u32(&call, 0);
    call_put_string(&call, label);
    upload_put(&call, &upload);
    jit_put(&call, &jit);
    result = call_wait(&call);
    const link_t *link = handle_detail(HANDLE_LINK, state);
    if (call.reply_bytes > 0 && link != NULL) {
        jit_take_logs(&call, &link->jit, &link->rooms);
    }
    call_end(&call);
    return result;
}

CUresult cuLinkAddFile_v2(CUlinkState state, CUjitInputType type, const char *path, unsigned int numOptions,
                          CUjit_option *options, void **optionValues) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || path == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    size_t size = 0;
    void *data = load_file(path, &size, &result);
    if (data != NULL) {
        result = cuLinkAddData_v2(state, type, data, size, path, numOptions, options, optionValues);
    }
    free(data);
    return result;
}

CUresult cuLinkComplete(CUlinkState state, void **cubinOut, size_t *sizeOut) {
    uint64_t wire = 0;
    CUresult result = process_remote();
    link_t *link = handle_detail(HANDLE_LINK, state);
    if (result != CUDA_SUCCESS || link == NULL || cubinOut == NULL) {
        return result != CUDA_SUCCESS ? result : link == NULL ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE;
    }
    (void)handle_in(HANDLE_LINK, state, &wire);
    call_t call;
    result = call_begin(&call, CALL_cuLinkComplete, CALL_WAITS, 24);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    call_put_u64(&call, 0); /* the reply carries the image */
    call_put_u64(&call, 0);
    result = call_wait(&call);
    if (call.reply_bytes > 0) {
        uint64_t count = 0;
        const unsigned char *image = call_get_bytes(&call, &count);
        jit_take_logs(&call, &link->jit, &link->rooms);
        if (result == CUDA_SUCCESS) {
            free(link->image);
            link->image = malloc(count + 1);
            result = link->image == NULL ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
        }
        if (result == CUDA_SUCCESS) {
            memcpy(link->image, image, count);
            link->image[count] = 0;
            *cubinOut = link->image;
            if (sizeOut != NULL) {
                *sizeOut = count;
            }
        }
    }
    call_end(&call);
    return result;
}

CUresult cuLinkDestroy(CUlinkState state) {
    CUresult result = process_remote();
    link_t *link = handle_detail(HANDLE_LINK, state);
    if (result != CUDA_SUCCESS || link == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_HANDLE;
    }
    free(link->image);
    link->image = NULL;
    return forward_cuLinkDestroy(state);
}
