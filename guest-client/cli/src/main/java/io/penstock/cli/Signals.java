package io.penstock.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What this process does when it gets a signal. Java's only word for that is {@code sun.misc.Signal}, which is supported
 * but whose import is a warning that nothing silences; so it is reached by its name.
 */
final class Signals {
    private static final Class<?> SIGNAL = type("sun.misc.Signal");
    private static final Class<?> HANDLER = type("sun.misc.SignalHandler");

    private Signals() {}

    /**
     * From now on the signal is the handler's.
     *
     * @param name without SIG
     * @param handler gets name and number, on a thread of its own
     */
    static void handle(String name, BiConsumer<String, Integer> handler) {
        Object proxy = Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {HANDLER}, (self, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        handler.accept(name, (Integer) call(SIGNAL.getMethod("getNumber"), arguments[0]));
                    }
                    return null;
                });
        install(name, proxy);
    }

    /**
     * The command, which these signals cannot end: not even while its Java starts, when it could not yet say so itself.
     *
     * @param names without SIG, with spaces between them
     */
    static List<String> unheardBy(String names, List<String> command) {
        List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' " + names + "; exec \"$@\"", "sh"));
        all.addAll(command);
        return all;
    }

    private static void install(String name, Object handler) {
        try {
            Object signal = SIGNAL.getConstructor(String.class).newInstance(name);
            call(SIGNAL.getMethod("handle", SIGNAL, HANDLER), null, signal, handler);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("sun.misc.Signal of " + name, e);
        }
    }

    private static Object call(Method method, @org.jspecify.annotations.Nullable Object on, Object... arguments)
            throws IllegalAccessException, InvocationTargetException {
        return method.invoke(on, arguments);
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException e) {
            throw new AssertionError("Java without " + name + ": the module jdk.unsupported is missing", e);
        }
    }
}
