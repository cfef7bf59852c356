/* What other rooms ask of streams. */
#ifndef PENSTOCK_STREAM_H
#define PENSTOCK_STREAM_H

#include <stdbool.h>

#include "prototypes.h"

/* Whether work given to the stream is recorded instead of run; asks the server only while a capture is under way. */
bool stream_captures(CUstream stream);

#endif
