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
        Instant expires) {
    /** Whether it goes on. */
    public boolean open() {
        return state.equals("offered") || state.equals("answered");
    }

    /** The same in another state. */
    public HandOverRow in(String newState, String newText) {
        return new HandOverRow(
                vcenter,
                instanceUuid,
                moref,
                kind,
                nonce,
                newState,
                newText,
                requestedBy,
                answer,
                task,
                started,
                expires);
    }

    /** The same with its task. */
    public HandOverRow withTask(String newTask) {
        return new HandOverRow(
                vcenter, instanceUuid, moref, kind, nonce, state, text, requestedBy, answer, newTask, started, expires);
    }

    /** The same with the answer that was seen. */
    public HandOverRow answered(String seen, String newText) {
        return new HandOverRow(
                vcenter,
                instanceUuid,
                moref,
                kind,
                nonce,
                "answered",
                newText,
                requestedBy,
                seen,
                task,
                started,
                expires);
    }
}
