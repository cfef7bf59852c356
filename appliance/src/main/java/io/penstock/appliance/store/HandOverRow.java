package io.penstock.appliance.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last time that a VM was to be let in.
 *
 * @param vcenter the vCenter's instance UUID
 * @param instanceUuid the VM's
 * @param kind {@code client} or {@code server}
 * @param nonce base64url, as it stands in the offer
 * @param state one of the words of the contract's HandOver
 * @param text what happened, for people
 * @param requestedBy who asked for it
 * @param answer the first answer that was seen
 * @param task the id of the vCenter task that people see
 * @param settled whether vCenter needs nothing more: while it goes on, and once its end was told there
 */
public record HandOverRow(
        String vcenter,
        String instanceUuid,
        String moref,
        String kind,
        String nonce,
        String state,
        String text,
        String requestedBy,
        @Nullable String answer,
        @Nullable String task,
        Instant started,
        Instant expires,
        boolean settled) {
    /** Whether it goes on. */
    public boolean open() {
        return state.equals("offered") || state.equals("answered");
    }

    /** The same at its end, of which vCenter knows nothing yet. */
    public HandOverRow ended(String newState, String newText) {
        return with(newState, newText, answer, task, false);
    }

    /** The same with its task. */
    public HandOverRow withTask(String newTask) {
        return with(state, text, answer, newTask, settled);
    }

    /** The same with the answer that was seen. */
    public HandOverRow answered(String seen, String newText) {
        return with("answered", newText, seen, task, settled);
    }

    /** The same when vCenter knows all of it. */
    public HandOverRow told() {
        return with(state, text, answer, task, true);
    }

    private HandOverRow with(
            String newState, String newText, @Nullable String newAnswer, @Nullable String newTask, boolean newSettled) {
        return new HandOverRow(
                vcenter,
                instanceUuid,
                moref,
                kind,
                nonce,
                newState,
                newText,
                requestedBy,
                newAnswer,
                newTask,
                started,
                expires,
                newSettled);
    }
}
