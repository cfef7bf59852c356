package io.penstock.gpuserver.software;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The objects that programs hold by an opaque number. Numbers look like addresses, are never reused and never 0; the kind
 * of the object is checked at each look-up. Any thread.
 */
final class HandleTable {
    private static final long FIRST = 0x5000_0000_0000L;
    private static final long STEP = 64;

    private final AtomicLong next = new AtomicLong(FIRST);
    private final ConcurrentHashMap<Long, Object> objects = new ConcurrentHashMap<>();

    /** A number for an object that {@link #put} will follow. */
    long take() {
        return next.getAndAdd(STEP);
    }

    void put(long handle, Object object) {
        objects.put(handle, object);
    }

    long add(Object object) {
        long handle = take();
        put(handle, object);
        return handle;
    }

    /** The object, or null when the number names none of that kind. */
    <T> @Nullable T get(long handle, Class<T> kind) {
        Object found = objects.get(handle);
        return kind.isInstance(found) ? kind.cast(found) : null;
    }

    /** Takes the object out; null when the number names none of that kind, or another thread was first. */
    <T> @Nullable T remove(long handle, Class<T> kind) {
        T found = get(handle, kind);
        return found != null && objects.remove(handle, found) ? found : null;
    }

    /** The number of an object, or 0; slow, for questions that programs hardly ask. */
    long find(Object object) {
        for (Map.Entry<Long, Object> entry : objects.entrySet()) {
            if (entry.getValue().equals(object)) {
                return entry.getKey();
            }
        }
        return 0;
    }
}
