package io.penstock.gpuserver.driver;

/**
 * A driver whose contexts may be ended while other threads wait for their work, which then stops. NVIDIA's asks that nobody be
 * in a call of a context that is destroyed.
 */
public interface EndsUnderWay {}
