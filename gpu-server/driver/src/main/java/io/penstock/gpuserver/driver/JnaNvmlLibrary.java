package io.penstock.gpuserver.driver;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link NvmlLibrary} by the installed {@code libnvidia-ml.so.1}: each method calls the function of its name with the
 * arguments as they come, which the interface's vocabulary allows.
 *
 * <p>Functions are looked up one by one, so an older library loses only what it lacks. Not on any hot path. Any thread:
 * NVML itself is thread-safe.
 */
public final class JnaNvmlLibrary implements InvocationHandler {
    private static final Logger LOG = LoggerFactory.getLogger(JnaNvmlLibrary.class);

    private final NativeLibrary library;

    private JnaNvmlLibrary(NativeLibrary library) {
        this.library = library;
    }

    /** The installed library, or {@link NvmlLibrary#ABSENT}. */
    public static NvmlLibrary open() {
        return open("libnvidia-ml.so.1");
    }

    static NvmlLibrary open(String name) {
        try {
            InvocationHandler functions = new JnaNvmlLibrary(NativeLibrary.getInstance(name));
            Class<?>[] interfaces = {NvmlLibrary.class};
            return (NvmlLibrary) Proxy.newProxyInstance(NvmlLibrary.class.getClassLoader(), interfaces, functions);
        } catch (UnsatisfiedLinkError absent) {
            LOG.debug("{} cannot be loaded: {}", name, absent.getMessage());
            return NvmlLibrary.ABSENT;
        }
    }

    @Override
    public Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
            throws ReflectiveOperationException {
        if (method.getDeclaringClass() == Object.class) {
            return method.invoke(this, arguments);
        }
        Object[] given = arguments == null ? new Object[0] : arguments;
        // the one method that is no function of NVML: it names one
        return method.isVarArgs() ? call((String) given[0], (Object[]) given[1]) : call(method.getName(), given);
    }

    private int call(String function, Object[] arguments) {
        Function found;
        try {
            found = library.getFunction(function);
        } catch (UnsatisfiedLinkError older) {
            LOG.debug("{} lacks {}: {}", library.getName(), function, older.getMessage());
            return NvmlLibrary.FUNCTION_NOT_FOUND;
        }
        return found.invokeInt(arguments);
    }
}
