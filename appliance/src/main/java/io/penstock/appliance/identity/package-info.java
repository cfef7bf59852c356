/** The certificate authority, enrolment by token, administrators' tokens and revocation; no business rules. */
@NullMarked
package io.penstock.appliance.identity;

import org.jspecify.annotations.NullMarked;
