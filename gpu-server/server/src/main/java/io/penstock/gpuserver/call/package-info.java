/** What each call of the driver does on the server: handles, memory limits and the calls that need thought. */
@NullMarked
package io.penstock.gpuserver.call;

import org.jspecify.annotations.NullMarked;
