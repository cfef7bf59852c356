package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ManagedObjectReference;
import io.penstock.appliance.vcenter.ObjectRef;
import io.penstock.appliance.vcenter.VcenterException;
import io.penstock.appliance.vcenter.VcenterException.Kind;
import java.rmi.RemoteException;
import java.util.List;

/** yavijava's ways and ours: references and exceptions. */
final class Yavi {
    private Yavi() {}

    /** A call of yavijava's; its checked exceptions never come from our client. */
    @FunctionalInterface
    interface Call<T> {
        T call() throws RemoteException;
    }

    /** A call of yavijava's that returns nothing. */
    @FunctionalInterface
    interface Action {
        void call() throws RemoteException;
    }

    static <T> T ask(Call<T> call) {
        try {
            return call.call();
        } catch (RemoteException e) {
            throw new VcenterException(
                    Kind.REFUSED, "a vCenter refused: " + e.getClass().getSimpleName(), e);
        }
    }

    static void tell(Action action) {
        ask(() -> {
            action.call();
            return true;
        });
    }

    static ManagedObjectReference theirs(ObjectRef ref) {
        ManagedObjectReference reference = new ManagedObjectReference();
        reference.type = ref.type();
        reference.val = ref.id();
        return reference;
    }

    static ManagedObjectReference[] theirs(List<ObjectRef> refs) {
        return refs.stream().map(Yavi::theirs).toArray(ManagedObjectReference[]::new);
    }

    static ObjectRef ours(ManagedObjectReference reference) {
        return new ObjectRef(reference.type, reference.val);
    }
}
