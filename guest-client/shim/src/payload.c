#define _GNU_SOURCE
#include "payload.h"

#include <string.h>

#include "limits.h"
#include "process.h"

static CUresult send_chunk(uint64_t id, const unsigned char *bytes, uint64_t offset, uint64_t count) {
    uint64_t field[4] = {id, offset, 0, count};
    bool sent = false;
    pthread_mutex_lock(&process.slab);
    unsigned char *room = channel_slab_reserve(&process.channel, count, &field[2]);
    if (room != NULL) {
        memcpy(room, bytes + offset, count);
        sent = process_send(FRAME_PAYLOAD, field, sizeof field);
    }
    pthread_mutex_unlock(&process.slab);
    if (!sent) {
        process_lose("the agent is gone");
        return process_session();
    }
    return CUDA_SUCCESS;
}

CUresult upload_begin(upload_t *upload, const void *bytes, uint64_t count) {
    upload->bytes = bytes;
    upload->count = count;
    upload->id = 0;
    if (count <= INLINE_PAYLOAD_BYTES_MAX) {
        return CUDA_SUCCESS;
    }
    if (count > PAYLOAD_BYTES_MAX) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    upload->id = process_payload_id();
    CUresult result = process_remote();
    /* in chunks, so that one is copied here while those before it are encrypted, sent and copied elsewhere */
    uint64_t chunk = count < BULK_PAYLOAD_BYTES_LARGE ? BULK_CHUNK_BYTES_SMALL : BULK_CHUNK_BYTES_MAX;
    for (uint64_t at = 0; at < count && result == CUDA_SUCCESS; at += chunk) {
        uint64_t rest = count - at;
        result = send_chunk(upload->id, bytes, at, rest < chunk ? rest : chunk);
    }
    return result;
}

uint64_t upload_body_bytes(const upload_t *upload) {
    return 16 + (upload->id == 0 ? call_padded(upload->count) : 0);
}

void upload_put(call_t *call, const upload_t *upload) {
    call_put_u64(call, upload->count);
    call_put_u64(call, upload->id);
    if (upload->id == 0 && upload->count > 0) {
        call_put_struct(call, upload->bytes, upload->count);
    }
}
