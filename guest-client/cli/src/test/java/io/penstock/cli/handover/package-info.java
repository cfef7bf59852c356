/** Tests of the command line: what people type, what they read, and how processes end. */
@NullMarked
package io.penstock.cli.handover;

import org.jspecify.annotations.NullMarked;
