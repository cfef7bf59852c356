/* Host functions: the program's, run on one thread of their own when the server says that their turn has come. */
#ifndef PENSTOCK_CALLBACK_H
#define PENSTOCK_CALLBACK_H

#include <stdint.h>

/* CALLBACK came. Called by the drainer; runs nothing itself. */
void callback_due(uint64_t id);

#endif
