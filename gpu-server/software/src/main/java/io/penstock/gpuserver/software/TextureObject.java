package io.penstock.gpuserver.software;

import io.penstock.gpuserver.software.ptx.Texture;
import org.jspecify.annotations.Nullable;

/**
 * A texture object, and the descriptors it was made from, for whoever asks.
 *
 * @param view null where none was given
 */
@SuppressWarnings("ArrayRecordComponent") // the program's own bytes, never compared
record TextureObject(Context context, Texture texture, byte[] resource, byte[] description, byte @Nullable [] view) {}
