/** Tests of the package of the same name. */
@NullMarked
package io.penstock.gpuserver.call;

import org.jspecify.annotations.NullMarked;
