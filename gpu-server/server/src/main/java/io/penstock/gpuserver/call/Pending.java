package io.penstock.gpuserver.call;

/**
 * A call whose reply comes later. Immutable.
 *
 * @param sequence the call's own number
 * @param number which call it is
 * @param thread the client's thread that made it
 * @param posted whether its caller did not wait: then success is silent and failure is posted
 */
public record Pending(long sequence, int number, int thread, boolean posted) {}
