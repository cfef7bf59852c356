package io.penstock.gpuserver.call;

/**
 * A call whose reply comes later. Immutable.
 *
 * @param sequence the call's own number
 * @param number which call it is
 * @param thread the client's thread that made it
 * @param posted whether its caller did not wait: then success is silent and failure is posted
 * @param caller the context in which its caller was
 */
public record Pending(long sequence, int number, int thread, boolean posted, Caller caller) {
    /**
     * A context by both of its names.
     *
     * @param index of the client's handle; 0 for none
     * @param context as the driver knows it; 0 for none
     */
    public record Caller(int index, long context) {
        public static final Caller NONE = new Caller(0, 0);
    }
}
