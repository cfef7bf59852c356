package io.penstock.protocol.config;

import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.configuration2.BaseConfiguration;
import org.apache.commons.configuration2.Configuration;
import org.apache.commons.configuration2.PropertiesConfiguration;
import org.apache.commons.configuration2.YAMLConfiguration;
import org.apache.commons.configuration2.convert.DefaultListDelimiterHandler;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Fills a record from a {@code .properties} or {@code .yaml} file.
 *
 * <p>The record's component {@code heartbeatInterval} is the key {@code heartbeat-interval}; a component that is itself
 * a record is a section, its keys {@code section.key}. A key that is missing keeps the default's value; a key that no
 * component has is an error. Components may be {@code String}, {@code int}, {@code long}, {@code boolean},
 * {@link Duration} ({@code 500ms}, {@code 20s}, {@code 15m}, {@code 12h}, {@code 30d}), {@link ByteSize}, {@link Path},
 * {@link URI}, {@link Secret}, enums (any case) and {@code List<String>}. The records must be public.
 */
public final class ConfigFile {
    private final String source;
    private final Configuration values;
    private final NavigableSet<String> known = new TreeSet<>();

    private ConfigFile(String source, Configuration values) {
        this.source = source;
        this.values = values;
    }

    /**
     * The record that the file describes.
     *
     * @param defaults the values of keys that the file lacks
     * @throws ConfigException when the file cannot be read, has an unknown key, or a value that does not fit
     */
    public static <R extends Record> R load(Path file, R defaults) {
        return new ConfigFile(file.toString(), read(file)).fill(defaults);
    }

    /** As {@link #load}, or the defaults themselves when there is no such file. */
    public static <R extends Record> R loadIfPresent(Path file, R defaults) {
        return Files.exists(file) ? load(file, defaults) : defaults;
    }

    /**
     * The file that somebody named, which must be there; where nobody did, the usual one, if it is there.
     *
     * @param named null = nobody named one
     */
    public static <R extends Record> R load(@Nullable Path named, Path usual, R defaults) {
        return named == null ? loadIfPresent(usual, defaults) : load(named, defaults);
    }

    private static Configuration read(Path file) {
        String name = file.getFileName().toString();
        try (Reader reader = Files.newBufferedReader(file)) {
            if (name.endsWith(".properties")) {
                PropertiesConfiguration properties = new PropertiesConfiguration();
                properties.setListDelimiterHandler(new DefaultListDelimiterHandler(','));
                properties.setIncludesAllowed(false);
                properties.read(reader);
                return properties;
            }
            if (name.endsWith(".yaml") || name.endsWith(".yml")) {
                if (Files.size(file) == 0) {
                    return new BaseConfiguration();
                }
                YAMLConfiguration yaml = new YAMLConfiguration();
                yaml.read(reader);
                return yaml;
            }
        } catch (NoSuchFileException e) {
            throw new ConfigException("there is no configuration file " + file, e);
        } catch (AccessDeniedException e) {
            throw new ConfigException(
                    "the user " + System.getProperty("user.name") + " may not read the configuration file " + file, e);
        } catch (IOException | ConfigurationException e) {
            throw new ConfigException(file + " cannot be read: " + e.getMessage(), e);
        }
        throw new ConfigException(file + " must be a .properties or .yaml file");
    }

    private <R extends Record> R fill(R defaults) {
        R filled = record("", defaults);
        NavigableSet<String> unknown = new TreeSet<>();
        values.getKeys().forEachRemaining(unknown::add);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new ConfigException(source + " has unknown keys " + unknown + "; known are " + known);
        }
        return filled;
    }

    private <R extends Record> R record(String prefix, R defaults) {
        List<Object> arguments = new ArrayList<>();
        RecordComponent[] components = defaults.getClass().getRecordComponents();
        for (RecordComponent component : components) {
            Object fallback = valueOf(component, defaults);
            String key = prefix + kebab(component.getName());
            if (fallback instanceof Record section
                    && !(fallback instanceof Secret)
                    && !(fallback instanceof ByteSize)) {
                arguments.add(record(key + '.', section));
            } else {
                known.add(key);
                arguments.add(values.containsKey(key) ? convert(key, component.getType()) : fallback);
            }
        }
        return construct(defaults, components, arguments);
    }

    private <R extends Record> R construct(R defaults, RecordComponent[] components, List<Object> arguments) {
        try {
            @SuppressWarnings("unchecked")
            Class<R> type = (Class<R>) defaults.getClass();
            Constructor<R> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return constructor.newInstance(arguments.toArray());
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ConfigException(source + ": " + cause.getMessage(), cause);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "the record " + defaults.getClass() + " cannot be filled; is it public?", e);
        }
    }

    private static Object valueOf(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the record " + record.getClass() + " cannot be read; is it public?", e);
        }
    }

    private Object convert(String key, Class<?> type) {
        if (type == List.class) {
            return List.of(values.getStringArray(key));
        }
        Object raw = values.getProperty(key);
        if (raw instanceof List<?> several) {
            throw new ConfigException(source + ": " + key + " has " + several.size() + " values, it takes one");
        }
        String text = values.getString(key).strip();
        try {
            Object value = scalar(type, text);
            if (value != null) {
                return value;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException(source + ": " + key + " is '" + text + "'; " + wanted(type, e), e);
        }
        throw new IllegalStateException("no text becomes a " + type + " (key " + key + ")");
    }

    /** What such a value must be. */
    private static String wanted(Class<?> type, IllegalArgumentException failure) {
        if (type == int.class) {
            return "it must be a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
        }
        if (type == long.class) {
            return "it must be a whole number from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE;
        }
        return String.valueOf(failure.getMessage());
    }

    private static @Nullable Object scalar(Class<?> type, String text) {
        if (type == String.class) {
            return text;
        } else if (type == int.class) {
            return Integer.parseInt(text);
        } else if (type == long.class) {
            return Long.parseLong(text);
        } else if (type == boolean.class) {
            return truth(text);
        } else if (type == Duration.class) {
            return Durations.parse(text);
        } else if (type == ByteSize.class) {
            return ByteSize.parse(text);
        } else if (type == Path.class) {
            return Path.of(text);
        } else if (type == URI.class) {
            return url(text);
        } else if (type == Secret.class) {
            return new Secret(text);
        } else if (type.isEnum()) {
            return constant(type, text);
        }
        return null;
    }

    private static URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("it must be a URL", e);
        }
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it must be true or false");
        };
    }

    private static Object constant(Class<?> type, String text) {
        String wanted = text.toUpperCase(Locale.ROOT).replace('-', '_');
        Object[] constants = type.getEnumConstants();
        for (Object constant : constants) {
            if (((Enum<?>) constant).name().equals(wanted)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("it must be one of "
                + Arrays.stream(constants)
                        .map(constant ->
                                constant.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .collect(Collectors.joining(", ")));
    }

    private static String kebab(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
