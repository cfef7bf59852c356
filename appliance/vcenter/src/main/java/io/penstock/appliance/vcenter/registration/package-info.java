/** What an appliance leaves in a vCenter, how it is checked and mended, and how nothing of it is left when it goes. */
@NullMarked
package io.penstock.appliance.vcenter.registration;

import org.jspecify.annotations.NullMarked;
