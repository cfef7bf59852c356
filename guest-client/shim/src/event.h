/* Events: what is known of them without asking. */
#ifndef PENSTOCK_EVENT_H
#define PENSTOCK_EVENT_H

#include <stdint.h>

#include "prototypes.h"

/* EVENT came: the record made by the call `sequence` has completed. Called by the drainer. */
void event_completed(uint64_t wire, uint64_t sequence, CUresult result);

/* A graph may record events that this side does not see: nothing learnt before counts any more. */
void event_graph_launched(void);

#endif
