/*
 * The floor of a round trip by itself: median and 99th percentile of the echo in echo.h.
 */
#include "echo.h"

enum { WARM_UP = 2000, TRIPS = 20000 };

int main(void)
{
    static long times[TRIPS];
    int peer = echo_open(), trip;

    for (trip = -WARM_UP; trip < TRIPS; trip++) {
        long took = echo(peer);

        if (trip >= 0)
            times[trip] = took;
    }
    qsort(times, TRIPS, sizeof times[0], order);
    printf("tcp_echo_median_us %.3f\n", (double)times[TRIPS / 2] / 1e3);
    printf("tcp_echo_p99_us %.3f\n", (double)times[TRIPS * 99 / 100] / 1e3);
    echo_close(peer);
    return 0;
}
