package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.Texels;

/** A surface object, and the descriptor it was made from, for whoever asks. */
@SuppressWarnings("ArrayRecordComponent") // the program's own bytes, never compared
record SurfaceObject(Context context, Texels texels, byte[] resource) {}
