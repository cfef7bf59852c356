package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.EventEx;
import com.vmware.vim25.ExtendedFault;
import com.vmware.vim25.LocalizedMethodFault;
import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.ServiceContent;
import com.vmware.vim25.TaskInfo;
import com.vmware.vim25.TaskInfoState;
import com.vmware.vim25.VimPortType;
import com.vmware.vim25.VmEventArgument;
import io.penstock.appliance.vcenter.ObjectRef;
import java.util.Calendar;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/** Tasks and events of the extension's, which people see in the vSphere Client. */
public final class Activities {
    private final VimPortType port;
    private final ServiceContent content;

    Activities(VimPortType port, ServiceContent content) {
        this.port = port;
        this.content = content;
    }

    /**
     * Begins a task on an object.
     *
     * @param type one of the task types that the extension registered
     * @param initiator who asked for it, for people
     */
    public ObjectRef beginTask(ObjectRef on, String type, String initiator) {
        TaskInfo info = Yavi.ask(
                () -> port.createTask(content.taskManager, Yavi.theirs(on), type, initiator, false, null, null));
        ManagedObjectReference task = info.task;
        Yavi.tell(() -> port.setTaskState(task, TaskInfoState.running, null, null));
        return Yavi.ours(task);
    }

    /** Tells how far a task is. */
    public void progress(ObjectRef task, int percent) {
        Yavi.tell(() -> port.updateProgress(Yavi.theirs(task), percent));
    }

    /** Ends a task well. */
    public void succeed(ObjectRef task) {
        Yavi.tell(() -> port.setTaskState(Yavi.theirs(task), TaskInfoState.success, null, null));
    }

    /**
     * Ends a task badly.
     *
     * @param type one of the faults that the extension registered, for programs
     * @param text what people read
     */
    public void fail(ObjectRef task, String type, String text) {
        ExtendedFault own = new ExtendedFault();
        own.faultTypeId = type;
        LocalizedMethodFault fault = new LocalizedMethodFault();
        fault.fault = own;
        fault.localizedMessage = text;
        Yavi.tell(() -> port.setTaskState(Yavi.theirs(task), TaskInfoState.error, null, fault));
    }

    /**
     * Posts an event.
     *
     * @param type one of the event types that the extension registered
     * @param severity {@code info}, {@code warning} or {@code error}
     * @param machine the VM that it is about, or null
     * @param machineName its name
     */
    public void post(String type, String severity, String text, @Nullable ObjectRef machine, String machineName) {
        EventEx event = new EventEx();
        event.eventTypeId = type;
        event.severity = severity;
        event.message = text;
        event.userName = "";
        event.createdTime = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
        if (machine != null) {
            event.objectId = machine.id();
            event.objectType = machine.type();
            event.objectName = machineName;
            if (machine.type().equals("VirtualMachine")) {
                VmEventArgument argument = new VmEventArgument();
                argument.vm = Yavi.theirs(machine);
                argument.name = machineName;
                event.vm = argument;
            }
        }
        Yavi.tell(() -> port.postEvent(content.eventManager, event, null));
    }
}
