/**
 * Who is who: keys, certificates, enrolment tokens, leases and the client of the appliance's REST interface.
 *
 * <p>Everybody in a Penstock installation is named by one URI in the certificate that the appliance's authority signed
 * ({@code penstock://client/<id>}), and every connection is TLS 1.3 with both ends verified. No type here knows a CUDA
 * call, a frame or a table of a database.
 */
@NullMarked
package io.penstock.protocol.identity;

import org.jspecify.annotations.NullMarked;
