package io.penstock.gpuserver.session;

import java.io.OutputStream;

/**
 * The program's own descriptors, to which its kernels print.
 *
 * @param out its standard output
 * @param err its standard error, where failed assertions are told
 */
public record ProgramOutput(OutputStream out, OutputStream err) {}
