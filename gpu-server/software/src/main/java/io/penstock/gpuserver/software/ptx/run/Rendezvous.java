package io.penstock.gpuserver.software.ptx.run;

import java.util.ArrayList;
import java.util.List;

/** The lanes of one warp that wait for others of it. Empty as long as lanes that name each other come together. */
final class Rendezvous {
    private final List<Arrival> waiting = new ArrayList<>();

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    void clear() {
        waiting.clear();
    }

    void add(Arrival arrival) {
        waiting.add(arrival);
    }

    /** Everybody who is there with the arrival, if that is all who are awaited; they wait no more. Else nobody. */
    List<Arrival> completedBy(Arrival arrival, int live) {
        List<Arrival> together = new ArrayList<>(List.of(arrival));
        waiting.stream().filter(arrival::meets).forEach(together::add);
        if (!complete(together, live)) {
            return List.of();
        }
        waiting.removeAll(together);
        return together;
    }

    /** Lanes have ended: a meeting that waits for nobody else now. Else nobody. */
    List<Arrival> completedByLoss(int live) {
        for (Arrival first : waiting) {
            List<Arrival> together = waiting.stream().filter(first::meets).toList();
            if (complete(together, live)) {
                waiting.removeAll(together);
                return together;
            }
        }
        return List.of();
    }

    private static boolean complete(List<Arrival> together, int live) {
        int here = 0;
        for (Arrival arrival : together) {
            here |= arrival.lanes();
        }
        return (together.get(0).awaited(live) & ~here) == 0;
    }

    /** Who waits for whom, for the message of a warp in which nobody can go on. */
    String describe(int live) {
        StringBuilder text = new StringBuilder();
        for (Arrival arrival : waiting) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(String.format(
                            java.util.Locale.ROOT,
                            "lanes 0x%x at %s for lanes 0x%x",
                            arrival.lanes(),
                            arrival.site().kind(),
                            arrival.awaited(live) & ~arrival.lanes()));
        }
        return text.toString();
    }
}
