package io.penstock.gpuserver.call;

import io.penstock.gpuserver.driver.NativeMemory;
import io.penstock.protocol.codec.CudaResult;
import io.penstock.protocol.codec.HandleKind;
import io.penstock.protocol.codec.Limits;
import io.penstock.protocol.codec.ProtocolException;
import io.penstock.protocol.codec.Reader;
import io.penstock.protocol.codec.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Launches: the hot path. The parameters stay where they came in; nothing is allocated. */
interface LaunchExecutors extends HandCalls {
    /** The words that tell the driver where packed parameters lie, and a launch configuration; executor thread only. */
    final class LaunchBlock {
        private static final int CONFIG = 64;
        private static final int CONFIG_BYTES = 56;
        private static final long BUFFER_POINTER = 1;
        private static final long BUFFER_SIZE = 2;

        private final MemorySegment memory = Arena.ofAuto().allocate(CONFIG + CONFIG_BYTES + 8, 16);
        private final long extra = memory.address();
        private final long size = extra + 40;
        private final long config = extra + CONFIG;

        // of the launch being read
        private long function;
        private int attributes;
        private int gridX;
        private int gridY;
        private int gridZ;
        private int blockX;
        private int blockY;
        private int blockZ;
        private int sharedBytes;
        private long stream;

        int read(CallContext context, Reader in) {
            long wire = in.readHandle();
            boolean kernel = in.readU32() == 1;
            attributes = in.readU32();
            gridX = in.readU32();
            gridY = in.readU32();
            gridZ = in.readU32();
            blockX = in.readU32();
            blockY = in.readU32();
            blockZ = in.readU32();
            sharedBytes = in.readU32();
            in.readU32();
            stream = context.handles().nativeOf(HandleKind.STREAM, in.readHandle());
            function = context.handles().nativeOf(kernel ? HandleKind.KERNEL : HandleKind.FUNCTION, wire);
            if (attributes < 0 || attributes > Limits.LAUNCH_ATTRIBUTES_MAX) {
                throw new ProtocolException(
                        "launch with " + attributes + " attributes; at most " + Limits.LAUNCH_ATTRIBUTES_MAX);
            }
            return function == HandleTable.INVALID || function == 0 || stream == HandleTable.INVALID
                    ? CudaResult.INVALID_HANDLE
                    : CudaResult.SUCCESS;
        }

        /** Reads counted packed parameters; the address of the words that name them, or 0 for none. */
        long readParameters(Reader in) {
            long address = in.readBytesAddress();
            long bytes = in.lastCount();
            if (bytes > Limits.KERNEL_PARAMETER_BYTES_MAX) {
                throw new ProtocolException(
                        "launch with " + bytes + " bytes of parameters; at most " + Limits.KERNEL_PARAMETER_BYTES_MAX);
            }
            NativeMemory.putLong(extra, BUFFER_POINTER);
            NativeMemory.putLong(extra + 8, address);
            NativeMemory.putLong(extra + 16, BUFFER_SIZE);
            NativeMemory.putLong(extra + 24, size);
            NativeMemory.putLong(extra + 32, 0);
            NativeMemory.putLong(size, bytes);
            return bytes == 0 ? 0 : extra;
        }

        /** Reads the attributes and fills a CUlaunchConfig; its address, or 0 when a handle in it is invalid. */
        long readConfig(CallContext context, Reader in) {
            long list = attributes == 0 ? 0 : in.readStruct(LaunchAttribute.BYTES * attributes);
            for (int i = 0; i < attributes; i++) {
                if (!LaunchAttribute.translate(context, list + (long) LaunchAttribute.BYTES * i)) {
                    return 0;
                }
            }
            NativeMemory.putInt(config, gridX);
            NativeMemory.putInt(config + 4, gridY);
            NativeMemory.putInt(config + 8, gridZ);
            NativeMemory.putInt(config + 12, blockX);
            NativeMemory.putInt(config + 16, blockY);
            NativeMemory.putInt(config + 20, blockZ);
            NativeMemory.putInt(config + 24, sharedBytes);
            NativeMemory.putLong(config + 32, stream);
            NativeMemory.putLong(config + 40, list);
            NativeMemory.putInt(config + 48, attributes);
            return config;
        }
    }

    /** This session's one. */
    LaunchBlock launchBlock();

    @Override
    default int cuLaunchKernel(CallContext context, Reader in, Writer out) {
        LaunchBlock launch = launchBlock();
        int bad = launch.read(context, in);
        if (bad != CudaResult.SUCCESS) {
            return bad;
        }
        long extra = launch.readParameters(in);
        in.end();
        context.launched();
        return context.driver()
                .cuLaunchKernel(
                        launch.function,
                        launch.gridX,
                        launch.gridY,
                        launch.gridZ,
                        launch.blockX,
                        launch.blockY,
                        launch.blockZ,
                        launch.sharedBytes,
                        launch.stream,
                        0,
                        extra);
    }

    @Override
    default int cuLaunchKernelEx(CallContext context, Reader in, Writer out) {
        LaunchBlock launch = launchBlock();
        int bad = launch.read(context, in);
        if (bad != CudaResult.SUCCESS) {
            return bad;
        }
        long extra = launch.readParameters(in);
        long config = launch.readConfig(context, in);
        in.end();
        if (config == 0) {
            return CudaResult.INVALID_HANDLE;
        }
        context.launched();
        return context.driver().cuLaunchKernelEx(config, launch.function, 0, extra);
    }

    @Override
    default int cuOccupancyMaxActiveClusters(CallContext context, Reader in, Writer out) {
        LaunchBlock launch = launchBlock();
        int bad = launch.read(context, in);
        long config = bad == CudaResult.SUCCESS ? launch.readConfig(context, in) : 0;
        return config == 0
                ? CudaResult.INVALID_HANDLE
                : context.driver().cuOccupancyMaxActiveClusters(out.reserveI32(), launch.function, config);
    }

    @Override
    default int cuOccupancyMaxPotentialClusterSize(CallContext context, Reader in, Writer out) {
        LaunchBlock launch = launchBlock();
        int bad = launch.read(context, in);
        long config = bad == CudaResult.SUCCESS ? launch.readConfig(context, in) : 0;
        return config == 0
                ? CudaResult.INVALID_HANDLE
                : context.driver().cuOccupancyMaxPotentialClusterSize(out.reserveI32(), launch.function, config);
    }
}
