package io.penstock.gpuserver.software.ptx;

/**
 * One kernel parameter's place in the packed parameter block.
 *
 * @param offset bytes from the block's start, a multiple of the alignment
 * @param size bytes
 * @param alignment bytes, a power of two
 */
public record PtxParam(int offset, int size, int alignment) {}
