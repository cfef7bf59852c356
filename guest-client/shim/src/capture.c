/* Captures: streams that record what they are given as a graph. */
#define _GNU_SOURCE
#include "capture.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "calls.h"
#include "forwards.h"
#include "handle.h"
#include "limits.h"
#include "process.h"
#include "receive.h"
#include "thread.h"

/* A capture under way: which stream began it, who, and how. */
typedef struct capture {
    CUstream stream;
    CUstreamCaptureMode mode;
    uint32_t thread;
} capture_t;

static pthread_mutex_t captures_lock = PTHREAD_MUTEX_INITIALIZER;
static capture_t *captures; /* captures_lock */
static size_t captures_count; /* captures_lock */
static size_t captures_room;  /* captures_lock */

static bool note(CUstream stream, CUstreamCaptureMode mode) {
    uint32_t thread = thread_self()->number;
    pthread_mutex_lock(&captures_lock);
    if (captures_count == captures_room) {
        size_t room = captures_room == 0 ? 8 : 2 * captures_room;
        capture_t *larger = realloc(captures, room * sizeof *larger);
        captures = larger != NULL ? larger : captures;
        captures_room = larger != NULL ? room : captures_room;
    }
    bool noted = captures_count < captures_room;
    if (noted) {
        captures[captures_count++] = (capture_t){stream, mode, thread};
        /* counted before it begins, so that no thread answers "not capturing" from a stale count */
        (void)__atomic_add_fetch(&process.capturing, 1, __ATOMIC_ACQ_REL);
    }
    pthread_mutex_unlock(&captures_lock);
    return noted;
}

static void strike(CUstream stream) {
    pthread_mutex_lock(&captures_lock);
    for (size_t i = captures_count; i > 0; i--) {
        if (captures[i - 1].stream == stream) {
            captures[i - 1] = captures[--captures_count];
            (void)__atomic_sub_fetch(&process.capturing, 1, __ATOMIC_ACQ_REL);
            break;
        }
    }
    pthread_mutex_unlock(&captures_lock);
}

/* The next capture from `*at` on that forbids things to a thread. */
static bool forbids(const thread_t *thread, size_t *at, CUstream *stream) {
    bool found = false;
    pthread_mutex_lock(&captures_lock);
    for (; *at < captures_count && !found; (*at)++) {
        const capture_t *capture = &captures[*at];
        bool own = capture->thread == thread->number && capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED;
        found = own
                || (thread->capture_mode == CU_STREAM_CAPTURE_MODE_GLOBAL && capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL);
        *stream = capture->stream;
    }
    pthread_mutex_unlock(&captures_lock);
    return found;
}

bool capture_forbids(void) {
    if (__atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) == 0) {
        return false;
    }
    const thread_t *thread = thread_self();
    bool forbidden = false;
    CUstream stream = NULL;
    size_t at = 0;
    while (thread->capture_mode != CU_STREAM_CAPTURE_MODE_RELAXED && forbids(thread, &at, &stream)) {
        forbidden = true;
        (void)forward_cuStreamQuery(stream); /* a question to a stream that is captured spoils the capture */
    }
    return forbidden;
}

CUresult cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = note(hStream, mode) ? forward_cuStreamBeginCapture_v2(hStream, mode) : CUDA_ERROR_OUT_OF_MEMORY;
        if (result != CUDA_SUCCESS) {
            strike(hStream);
        }
    }
    return result;
}

CUresult cuStreamBeginCapture(CUstream hStream) {
    return cuStreamBeginCapture_v2(hStream, CU_STREAM_CAPTURE_MODE_GLOBAL);
}

CUresult cuStreamBeginCaptureToGraph(CUstream hStream, CUgraph hGraph, const CUgraphNode *dependencies,
                                     const CUgraphEdgeData *dependencyData, size_t numDependencies,
                                     CUstreamCaptureMode mode) {
    CUresult result = process_remote();
    if (result == CUDA_SUCCESS) {
        result = note(hStream, mode) ? forward_cuStreamBeginCaptureToGraph(hStream, hGraph, dependencies, dependencyData,
                                                                           numDependencies, mode)
                                     : CUDA_ERROR_OUT_OF_MEMORY;
        if (result != CUDA_SUCCESS) {
            strike(hStream);
        }
    }
    return result;
}

CUresult cuStreamEndCapture(CUstream hStream, CUgraph *phGraph) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    result = forward_cuStreamEndCapture(hStream, phGraph);
    /* an invalidated capture (901) has ended as well; the wrong thread or stream has not ended anything */
    if (result == CUDA_SUCCESS || result == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
        || result == CUDA_ERROR_STREAM_CAPTURE_UNJOINED) {
        strike(hStream);
    }
    return result;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
    CUresult result = process_local();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (mode == NULL || (unsigned)*mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    thread_t *thread = thread_self();
    CUstreamCaptureMode before = (CUstreamCaptureMode)thread->capture_mode;
    thread->capture_mode = (int32_t)*mode;
    *mode = before;
    return CUDA_SUCCESS;
}

CUresult cuStreamGetCaptureInfo(CUstream hStream, CUstreamCaptureStatus *captureStatus_out, cuuint64_t *id_out) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (__atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) > 0) {
        return forward_cuStreamGetCaptureInfo(hStream, captureStatus_out, id_out);
    }
    return cuStreamIsCapturing(hStream, captureStatus_out);
}

/* What a program may go on reading until it asks the same stream again (as with the driver). */
typedef struct dependencies {
    CUgraphNode nodes[1024];
    CUgraphEdgeData edges[1024];
} dependencies_t;

static CUresult ask_info(uint32_t number, CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id, CUgraph *graph,
                         const CUgraphNode **nodes, const CUgraphEdgeData **edges, size_t *count) {
    static __thread dependencies_t *answer; /* one a thread, kept for its life */
    uint64_t wire = 0;
    CUresult result = handle_in(HANDLE_STREAM, stream, &wire);
    if (answer == NULL) {
        answer = calloc(1, sizeof *answer);
    }
    if (result != CUDA_SUCCESS || answer == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_OUT_OF_MEMORY;
    }
    call_t call;
    result = call_begin(&call, number, CALL_WAITS, 8);
    if (result != CUDA_SUCCESS) {
        return result;
    }
    call_put_handle(&call, wire);
    result = call_wait(&call);
    if (result == CUDA_SUCCESS) {
        enum { ROOM = sizeof answer->nodes / sizeof *answer->nodes };
        uint64_t wires[ROOM];
        *status = (CUstreamCaptureStatus)call_get_u32(&call);
        (void)call_get_u32(&call);
        uint64_t sequence = call_get_u64(&call);
        void *found = handle_out(HANDLE_GRAPH, call_get_handle(&call));
        uint64_t got = call_get_array(&call, wires, ROOM, sizeof *wires);
        if (got > ROOM) {
            result = call_refused("cuStreamGetCaptureInfo", CUDA_ERROR_NOT_SUPPORTED, "More than 1024 dependencies.");
            got = 0;
        }
        for (uint64_t i = 0; i < got; i++) {
            answer->nodes[i] = handle_out(HANDLE_GRAPHNODE, wires[i]);
        }
        if (edges != NULL) {
            (void)call_get_array(&call, answer->edges, ROOM, sizeof *answer->edges);
            *edges = answer->edges;
        }
        if (id != NULL) {
            *id = sequence;
        }
        if (graph != NULL) {
            *graph = found;
        }
        if (nodes != NULL) {
            *nodes = answer->nodes;
        }
        if (count != NULL) {
            *count = got;
        }
    }
    call_end(&call);
    return result;
}

CUresult cuStreamGetCaptureInfo_v2(CUstream hStream, CUstreamCaptureStatus *captureStatus_out, cuuint64_t *id_out,
                                   CUgraph *graph_out, const CUgraphNode **dependencies_out,
                                   size_t *numDependencies_out) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || captureStatus_out == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    if (__atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) == 0) {
        return cuStreamIsCapturing(hStream, captureStatus_out);
    }
    return ask_info(CALL_cuStreamGetCaptureInfo_v2, hStream, captureStatus_out, id_out, graph_out, dependencies_out, NULL,
                    numDependencies_out);
}

CUresult cuStreamGetCaptureInfo_v3(CUstream hStream, CUstreamCaptureStatus *captureStatus_out, cuuint64_t *id_out,
                                   CUgraph *graph_out, const CUgraphNode **dependencies_out,
                                   const CUgraphEdgeData **edgeData_out, size_t *numDependencies_out) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS || captureStatus_out == NULL) {
        return result != CUDA_SUCCESS ? result : CUDA_ERROR_INVALID_VALUE;
    }
    if (__atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) == 0) {
        return cuStreamIsCapturing(hStream, captureStatus_out);
    }
    const CUgraphEdgeData *edges = NULL;
    result = ask_info(CALL_cuStreamGetCaptureInfo_v3, hStream, captureStatus_out, id_out, graph_out, dependencies_out,
                      &edges, numDependencies_out);
    if (edgeData_out != NULL) {
        *edgeData_out = edges;
    }
    return result;
}
