package io.penstock.appliance.vcenter.registration;

import java.util.List;

/**
 * What a look at one part of a registration found.
 *
 * @param part which: a word of the contract's
 * @param state whether it holds
 * @param text a sentence for people
 * @param remedy what to do; empty where there is nothing to do
 * @param needs what a repair must be given: {@code thumbprint}, {@code bootstrap}, {@code servicePassword}
 */
public record Finding(String part, State state, String text, String remedy, List<String> needs) {
    /** Whether a part holds. */
    public enum State {
        /** It is as it should be. */
        HOLDS,
        /** It is not. */
        BROKEN,
        /** It cannot be told from here. */
        UNKNOWN
    }

    static Finding holds(String part, String text) {
        return new Finding(part, State.HOLDS, text, "", List.of());
    }

    static Finding broken(String part, String text, String remedy, String... needs) {
        return new Finding(part, State.BROKEN, text, remedy, List.of(needs));
    }

    static Finding unknown(String part, String text, String remedy) {
        return new Finding(part, State.UNKNOWN, text, remedy, List.of());
    }
}
