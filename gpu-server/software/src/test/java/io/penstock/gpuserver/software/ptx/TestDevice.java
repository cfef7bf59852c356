package io.penstock.gpuserver.software.ptx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A driver small enough for tests: memory, one module, launches that wait. */
final class TestDevice implements DeviceMemory, LaunchContext, AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final TreeMap<Long, Long> allocations = new TreeMap<>();
    private final Map<Long, Texture> textures = new ConcurrentHashMap<>();
    private final Map<Long, Texels> surfaces = new ConcurrentHashMap<>();
    private long objects;
    private final StringBuilder printed = new StringBuilder();
    // guarded by printed
    private final StringBuilder complaints = new StringBuilder();
    volatile boolean cancelled;
    volatile long stackBytes = 1024;
    /** Done by a thread of the grid whenever a kernel allocates. */
    volatile Runnable atMalloc = () -> {};

    /** Zeroed device memory. */
    MemorySegment allocate(long bytes) {
        MemorySegment made = arena.allocate(Math.max(bytes, 1), 512);
        synchronized (allocations) {
            allocations.put(made.address(), made.address() + bytes);
        }
        return made;
    }

    MemorySegment ints(int... values) {
        return allocate(4L * values.length).copyFrom(MemorySegment.ofArray(values));
    }

    MemorySegment longs(long... values) {
        return allocate(8L * values.length).copyFrom(MemorySegment.ofArray(values));
    }

    MemorySegment floats(float... values) {
        return allocate(4L * values.length).copyFrom(MemorySegment.ofArray(values));
    }

    MemorySegment doubles(double... values) {
        return allocate(8L * values.length).copyFrom(MemorySegment.ofArray(values));
    }

    /** Compiles a text and gives its variables their memory. */
    PtxModule load(String... texts) throws PtxException {
        PtxModule module = PtxCompiler.link(List.of(texts), PtxOptions.DEFAULT);
        List<PtxGlobal> globals = module.globals();
        long[] addresses = new long[globals.size()];
        MemorySegment[] places = new MemorySegment[addresses.length];
        for (int i = 0; i < addresses.length; i++) {
            places[i] = allocate(globals.get(i).size());
            addresses[i] = places[i].address();
        }
        module.bind(addresses);
        for (int i = 0; i < addresses.length; i++) {
            places[i].copyFrom(MemorySegment.ofArray(module.image(i)));
        }
        return module;
    }

    static PtxKernel kernel(PtxModule module, String name) {
        return module.kernels().stream()
                .filter(kernel -> kernel.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no kernel " + name));
    }

    /** Launches with Integer, Long, Float, Double, byte[] or MemorySegment arguments. */
    void launch(PtxKernel kernel, LaunchShape shape, Object... arguments) {
        kernel.launch(shape, pack(kernel, arguments), 8, this, this);
    }

    /** Compiles a text with one kernel and launches it. */
    void run(String text, LaunchShape shape, Object... arguments) throws PtxException {
        launch(load(text).kernels().get(0), shape, arguments);
    }

    static MemorySegment pack(PtxKernel kernel, Object... arguments) {
        MemorySegment block = MemorySegment.ofArray(new byte[kernel.paramBytes()]);
        for (int i = 0; i < arguments.length; i++) {
            int at = kernel.params().get(i).offset();
            switch (arguments[i]) {
                case Integer value -> block.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
                case Long value -> block.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
                case Float value -> block.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
                case Double value -> block.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
                case byte[] value -> block.asSlice(at, value.length).copyFrom(MemorySegment.ofArray(value));
                case MemorySegment value -> block.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value.address());
                default -> throw new IllegalArgumentException("argument " + arguments[i]);
            }
        }
        return block;
    }

    String printed() {
        synchronized (printed) {
            return printed.toString();
        }
    }

    @Override
    public @Nullable Range rangeOf(long address) {
        synchronized (allocations) {
            Map.Entry<Long, Long> found = allocations.floorEntry(address);
            return found == null || address >= found.getValue() ? null : new Range(found.getKey(), found.getValue());
        }
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    /** Makes a texture that kernels may name by the number returned. */
    long texture(Texture texture) {
        textures.put(++objects, texture);
        return objects;
    }

    /** Makes a surface that kernels may name by the number returned. */
    long surface(Texels texels) {
        surfaces.put(++objects, texels);
        return objects;
    }

    @Override
    public @Nullable Texture texture(long object) {
        return textures.get(object);
    }

    @Override
    public @Nullable Texels surface(long object) {
        return surfaces.get(object);
    }

    @Override
    public void print(String text) {
        synchronized (printed) {
            printed.append(text);
        }
    }

    @Override
    public void complain(String text) {
        synchronized (printed) {
            complaints.append(text);
        }
    }

    /** What failed assertions said. */
    String complaints() {
        synchronized (printed) {
            return complaints.toString();
        }
    }

    @Override
    public long stackBytes() {
        return stackBytes;
    }

    @Override
    public long malloc(long bytes) {
        atMalloc.run();
        return allocate(bytes).address();
    }

    @Override
    public void free(long address) {
        synchronized (allocations) {
            allocations.remove(address);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
