/** What the commands of all parts say alike; no command lives here. */
@NullMarked
package io.penstock.protocol.command;

import org.jspecify.annotations.NullMarked;
