/* What captures under way mean for calls that record nothing. */
#ifndef PENSTOCK_CAPTURE_H
#define PENSTOCK_CAPTURE_H

#include <stdbool.h>

/*
 * Whether a capture of this process forbids the calling thread what may not happen during it, by the modes of both
 * (cuThreadExchangeStreamCaptureMode has the rules). The captures that do are spoiled, as the driver does it.
 */
bool capture_forbids(void);

#endif
