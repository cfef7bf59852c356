package io.penstock.cli;

/**
 * One thing that must be right for programs to get GPUs.
 *
 * @param state how it is
 * @param subject what was looked at
 * @param finding what was found
 * @param remedy what to do about it; empty when it is right
 */
record HealthCheck(State state, String subject, String finding, String remedy) {
    /** How a thing is. */
    enum State {
        /** Right. */
        OK("ok"),
        /** Right, but not for long, or not at its best. */
        WARNING("warn"),
        /** Wrong: programs will not get GPUs. */
        FAILED("FAIL");

        private final String word;

        State(String word) {
            this.word = word;
        }
    }

    static HealthCheck ok(String subject, String finding) {
        return new HealthCheck(State.OK, subject, finding, "");
    }

    static HealthCheck warning(String subject, String finding, String remedy) {
        return new HealthCheck(State.WARNING, subject, finding, remedy);
    }

    static HealthCheck failed(String subject, String finding, String remedy) {
        return new HealthCheck(State.FAILED, subject, finding, remedy);
    }

    @Override
    public String toString() {
        String line = String.format("[%-4s] %-12s %s", state.word, subject, finding);
        return remedy.isEmpty() ? line : line + "\n       do this:     " + remedy;
    }
}
