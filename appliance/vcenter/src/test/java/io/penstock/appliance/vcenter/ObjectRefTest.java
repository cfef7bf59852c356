package io.penstock.appliance.vcenter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** References go into messages as they are. */
class ObjectRefTest {
    @Test
    void ordinaryIdsAreTaken() {
        assertThat(new ObjectRef("VirtualMachine", "vm-58")).hasToString("VirtualMachine:vm-58");
        assertThat(new ObjectRef("Task", "task-1.2_3-x").id()).isEqualTo("task-1.2_3-x");
    }

    @ParameterizedTest
    @CsvSource({
        "VirtualMachine, vm<",
        "VirtualMachine, ''",
        "VirtualMachine, -vm",
        "VirtualMachine, 'vm 1'",
        "VirtualMachine, 'a</entity><x>'",
        "'A\" x=\"', vm-1",
        "'', vm-1"
    })
    void whatWouldBreakAMessageIsNone(String type, String id) {
        assertThatThrownBy(() -> new ObjectRef(type, id)).isInstanceOf(VcenterException.class);
    }
}
