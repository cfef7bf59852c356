/* Parts of copies that several calls share. */
#ifndef PENSTOCK_COPY_H
#define PENSTOCK_COPY_H

#include <stdint.h>

#include "call.h"
#include "receive.h"

/* Ends a waiting copy down: takes inline bytes, forgets the payload. */
CUresult copy_take(call_t *call, CUresult result, payload_t *payload);

/* Posts a call that brings a posted payload down, which belongs to the receiver from now on. */
CUresult copy_post(call_t *call, payload_t *payload);

/* Posts a copy down: the fields, then capacity and payload id; its bytes come in a DATA frame. */
CUresult copy_post_down(uint32_t number, const uint64_t *fields, uint32_t count, void *to, uint64_t bytes);

#endif
