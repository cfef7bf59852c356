/* Host functions: the program's, run on one thread of their own when the server says that their turn has come. */
#ifndef PENSTOCK_CALLBACK_H
#define PENSTOCK_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "prototypes.h"

/* The number of a function that graphs call with this argument, as often as they are launched: the same for the same pair.
 * 0 without memory. */
uint64_t callback_of_graph(CUhostFn function, void *user);

/* What is done on our thread around a function that an executable graph calls. */
typedef struct callback_hooks {
    void (*before)(void *owner, const unsigned char *roles);
    void (*after)(void *owner, const unsigned char *roles);
    void *owner;
    const unsigned char *roles;
} callback_hooks_t;

/* As callback_of_graph, with more around it: a number of its own each time, until callback_forget. */
uint64_t callback_around(CUhostFn function, void *user, const callback_hooks_t *hooks);

/* Nothing of this owner is called any more: none of its graphs is launched, and none is under way. */
void callback_forget(const void *owner);

/* The pair behind such a number; false when there is none. */
bool callback_find(uint64_t id, CUhostFn *function, void **user);

/* CALLBACK came. Called by the drainer; runs nothing itself. */
void callback_due(uint64_t id);

#endif
