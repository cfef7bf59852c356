/* Host functions: the program's, run on one thread of their own when the server says that their turn has come. */
#ifndef PENSTOCK_CALLBACK_H
#define PENSTOCK_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

/* The number of a function that graphs call with this argument, as often as they are launched: the same for the same pair.
 * 0 without memory. */
uint64_t callback_of_graph(CUhostFn function, void *user);

/* The pair behind such a number; false when there is none. */
bool callback_find(uint64_t id, CUhostFn *function, void **user);

/* CALLBACK came. Called by the drainer; runs nothing itself. */
void callback_due(uint64_t id);

#endif
