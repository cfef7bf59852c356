/* Checked runs (PENSTOCK_CHECK=1): both sides count kernel launches and compare at each synchronise. */
#ifndef PENSTOCK_COUNTS_H
#define PENSTOCK_COUNTS_H

#include <stdint.h>

/* Sends COUNTS in a checked run. */
void counts_send(void);

/* The server's answer, in the order of the questions. */
void counts_compare(uint64_t server_launches);

#endif
