package io.penstock.gpuserver.software.ptx.emit;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One lane's arithmetic: a public static method of the math room.
 *
 * @param params one letter a parameter: I int, J long, F float, D double, Z boolean
 * @param result the same for what it returns
 */
record Scalar(Class<?> owner, String name, String params, char result) {
    private static final Map<String, Scalar> KNOWN = new ConcurrentHashMap<>();

    /** There is no such arithmetic: the instruction's words do not go together. */
    static final class Missing extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        Missing(String key) {
            super("no scalar " + key);
        }
    }

    /** The method of that name and those parameters. */
    static Scalar of(Class<?> owner, String name, String params) {
        return KNOWN.computeIfAbsent(owner.getSimpleName() + '.' + name + ' ' + params, key -> {
            for (Method method : owner.getMethods()) {
                if (method.getName().equals(name)
                        && letters(method.getParameterTypes()).equals(params)) {
                    return new Scalar(owner, name, params, letter(method.getReturnType()));
                }
            }
            throw new Missing(key);
        });
    }

    ClassDesc ownerDesc() {
        return owner.describeConstable().orElseThrow();
    }

    MethodTypeDesc type() {
        return MethodTypeDesc.ofDescriptor("(" + params + ")" + result);
    }

    private static String letters(Class<?>[] types) {
        StringBuilder letters = new StringBuilder();
        for (Class<?> type : types) {
            letters.append(letter(type));
        }
        return letters.toString();
    }

    private static char letter(Class<?> type) {
        return type.descriptorString().charAt(0);
    }
}
