#define _GNU_SOURCE
#include "event.h"

#include <stdbool.h>
#include <stdlib.h>

#include "call.h"
#include "calls.h"
#include "forwards.h"
#include "handle.h"
#include "process.h"
#include "receive.h"

/*
 * Every record gets a number; an event is known to be complete when the number that completed is that of its last record.
 * Events of other processes and of graphs have no record here and are asked for each time.
 */
typedef struct event {
    uint64_t recorded;  /* atomic: number of the last record, 0 = never */
    uint64_t completed; /* atomic: number of a record known complete */
} event_t;

static uint64_t records;  /* atomic */
static uint64_t launches; /* atomic: the record number at the last graph launch */

static CUresult find(CUevent event, event_t **detail) {
    CUresult result = process_remote();
    if (result != CUDA_SUCCESS) {
        return result;
    }
    if (!handle_is(HANDLE_EVENT, event)) {
        return CUDA_ERROR_INVALID_HANDLE;
    }
    *detail = handle_detail(HANDLE_EVENT, event);
    return CUDA_SUCCESS;
}

static event_t *detail_of(CUevent event) {
    event_t *detail = handle_detail(HANDLE_EVENT, event);
    if (detail == NULL) {
        detail = calloc(1, sizeof *detail);
        handle_set_detail(event, detail);
    }
    return detail;
}

void event_graph_launched(void) {
    __atomic_store_n(&launches, __atomic_add_fetch(&records, 1, __ATOMIC_ACQ_REL), __ATOMIC_RELEASE);
}

/* Nothing is pushed for an event that nobody asked about, and what is asked is answered by the reply. */
void event_completed(uint64_t wire, uint64_t sequence, CUresult result) {
    (void)sequence;
    (void)result;
    (void)wire;
}

static CUresult record(CUevent event, CUresult sent) {
    if (sent == CUDA_SUCCESS) {
        event_t *detail = detail_of(event);
        if (detail != NULL) {
            __atomic_store_n(&detail->recorded, __atomic_add_fetch(&records, 1, __ATOMIC_ACQ_REL), __ATOMIC_RELEASE);
        }
    }
    return sent;
}

CUresult cuEventRecord(CUevent hEvent, CUstream hStream) {
    event_t *detail = NULL;
    CUresult result = find(hEvent, &detail);
    return result != CUDA_SUCCESS ? result : record(hEvent, forward_cuEventRecord(hEvent, hStream));
}

CUresult cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned int flags) {
    event_t *detail = NULL;
    CUresult result = find(hEvent, &detail);
    return result != CUDA_SUCCESS ? result : record(hEvent, forward_cuEventRecordWithFlags(hEvent, hStream, flags));
}

/* Known without asking: the last record has completed, and no graph and no capture may have recorded since. */
static bool known_complete(const event_t *detail, uint64_t *asked) {
    *asked = detail == NULL ? 0 : __atomic_load_n(&detail->recorded, __ATOMIC_ACQUIRE);
    return *asked != 0 && __atomic_load_n(&detail->completed, __ATOMIC_ACQUIRE) == *asked
           && *asked > __atomic_load_n(&launches, __ATOMIC_ACQUIRE)
           && __atomic_load_n(&process.capturing, __ATOMIC_ACQUIRE) == 0;
}

static CUresult learn(CUevent event, uint64_t asked, CUresult result) {
    event_t *detail = asked != 0 && result == CUDA_SUCCESS ? handle_detail(HANDLE_EVENT, event) : NULL;
    if (detail != NULL) {
        __atomic_store_n(&detail->completed, asked, __ATOMIC_RELEASE);
    }
    return result;
}

CUresult cuEventQuery(CUevent hEvent) {
    event_t *detail = NULL;
    uint64_t asked = 0;
    CUresult result = find(hEvent, &detail);
    if (result != CUDA_SUCCESS || known_complete(detail, &asked)) {
        return result;
    }
    return learn(hEvent, asked, forward_cuEventQuery(hEvent));
}

CUresult cuEventSynchronize(CUevent hEvent) {
    event_t *detail = NULL;
    uint64_t asked = 0;
    CUresult result = find(hEvent, &detail);
    if (result != CUDA_SUCCESS || known_complete(detail, &asked)) {
        return result;
    }
    return learn(hEvent, asked, forward_cuEventSynchronize(hEvent));
}
