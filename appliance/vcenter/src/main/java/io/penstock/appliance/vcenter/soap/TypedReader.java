package io.penstock.appliance.vcenter.soap;

import com.vmware.vim25.ManagedObjectReference;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes yavijava's data objects of elements, as far as both know the same fields: an element without a field, an enum's unknown
 * word, a type of a newer vCenter are passed over. A field of type Object takes the value in our own types ({@link Element#value}).
 */
final class TypedReader {
    private static final String PACKAGE = "com.vmware.vim25.";
    private static final Map<Class<?>, Map<String, Field>> FIELDS = new ConcurrentHashMap<>();
    private static final Map<String, Class<?>> SIMPLE = Map.of(
            "String", String.class,
            "int", Integer.class,
            "long", Long.class,
            "boolean", Boolean.class,
            "Calendar", Calendar.class,
            "short", Short.class,
            "byte", Byte.class,
            "Object", Object.class);

    private TypedReader() {}

    /**
     * What a call returned.
     *
     * @param returned the elements named {@code returnval}
     * @param type as yavijava names it: a simple class name, with {@code []} for several
     */
    static @Nullable Object read(List<Element> returned, @Nullable String type) {
        if (type == null) {
            return null;
        }
        boolean several = type.endsWith("[]");
        String one = several ? type.substring(0, type.length() - 2) : type;
        Class<?> simple = SIMPLE.get(one);
        Class<?> declared = simple == null ? find(one) : simple;
        if (declared == null) {
            throw new IllegalStateException("yavijava has no type " + one);
        }
        if (several) {
            return array(component(one, declared), returned);
        }
        return returned.isEmpty() ? null : object(declared, returned.getFirst());
    }

    private static Class<?> component(String name, Class<?> boxed) {
        return switch (name) {
            case "int" -> int.class;
            case "long" -> long.class;
            case "boolean" -> boolean.class;
            case "short" -> short.class;
            case "byte" -> byte.class;
            default -> boxed;
        };
    }

    private static Object array(Class<?> component, List<Element> elements) {
        Object array = Array.newInstance(component, elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Object value = object(component, elements.get(i));
            if (value != null) {
                Array.set(array, i, value);
            }
        }
        return array;
    }

    private static @Nullable Object object(Class<?> declared, Element element) {
        if (declared == Object.class) {
            return element.value();
        }
        if (declared == ManagedObjectReference.class) {
            ManagedObjectReference reference = new ManagedObjectReference();
            reference.type = element.reference == null ? "" : element.reference;
            reference.val = element.text().strip();
            return reference;
        }
        Object simple = simple(declared, element.text());
        if (simple != null
                || declared.isPrimitive()
                || declared.isEnum()
                || declared.getName().startsWith("java.")) {
            return simple;
        }
        Class<?> actual = element.xsiType == null ? null : find(element.xsiType);
        return fill(actual != null && declared.isAssignableFrom(actual) ? actual : declared, element);
    }

    private static @Nullable Object simple(Class<?> type, String text) {
        try {
            if (type == String.class) {
                return text;
            } else if (type == boolean.class || type == Boolean.class) {
                return text.strip().equals("true") || text.strip().equals("1");
            } else if (type == int.class || type == Integer.class) {
                return (int) Long.parseLong(text.strip());
            } else if (type == long.class || type == Long.class) {
                return Long.parseLong(text.strip());
            } else if (type == short.class || type == Short.class) {
                return (short) Long.parseLong(text.strip());
            } else if (type == byte.class || type == Byte.class) {
                return (byte) Long.parseLong(text.strip());
            } else if (type == double.class || type == Double.class) {
                return Double.parseDouble(text.strip());
            } else if (type == float.class || type == Float.class) {
                return Float.parseFloat(text.strip());
            } else if (type == Calendar.class) {
                return GregorianCalendar.from(ZonedDateTime.from(OffsetDateTime.parse(text.strip())));
            } else if (type.isEnum()) {
                return word(type, text.strip());
            }
            return null;
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Object word(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(text) || constant.toString().equals(text)) {
                return constant;
            }
        }
        return null;
    }

    private static Object fill(Class<?> type, Element element) {
        try {
            Object made = type.getDeclaredConstructor().newInstance();
            Map<String, List<Element>> byName = new HashMap<>();
            for (Element child : element.children) {
                byName.computeIfAbsent(child.name, fresh -> new ArrayList<>(1)).add(child);
            }
            Map<String, Field> fields = FIELDS.computeIfAbsent(type, TypedReader::fields);
            for (Map.Entry<String, List<Element>> one : byName.entrySet()) {
                Field field = fields.get(one.getKey());
                if (field == null) {
                    continue;
                }
                Object value = field.getType().isArray()
                        ? array(field.getType().getComponentType(), one.getValue())
                        : object(field.getType(), one.getValue().getFirst());
                if (value != null) {
                    field.set(made, value);
                }
            }
            return made;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("yavijava's " + type.getName() + " cannot be made", e);
        }
    }

    private static Map<String, Field> fields(Class<?> type) {
        Map<String, Field> fields = new HashMap<>();
        for (Field field : type.getFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                fields.put(field.getName(), field);
            }
        }
        return fields;
    }

    private static @Nullable Class<?> find(String simpleName) {
        // a vCenter names types of the API; it may not name classes of ours
        if (!simpleName.matches("[A-Za-z0-9]{1,128}")) {
            return null;
        }
        try {
            return Class.forName(PACKAGE + simpleName, true, ManagedObjectReference.class.getClassLoader());
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            return null;
        }
    }
}
