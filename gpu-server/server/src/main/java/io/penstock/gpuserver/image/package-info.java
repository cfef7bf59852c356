/** Module images that clients sent before, on disk: each client's for itself, named and checked by their digest. */
@NullMarked
package io.penstock.gpuserver.image;

import org.jspecify.annotations.NullMarked;
