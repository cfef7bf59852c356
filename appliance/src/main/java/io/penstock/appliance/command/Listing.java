package io.penstock.appliance.command;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A list of things for people (aligned columns) or for programs (a JSON array). */
final class Listing<T> {
    private record Column<T>(String title, Function<T, String> value) {}

    private final List<Column<T>> columns = new ArrayList<>();
    private final Function<T, JsonObject> json;

    Listing(Function<T, JsonObject> json) {
        this.json = json;
    }

    Listing<T> column(String title, Function<T, String> value) {
        columns.add(new Column<>(title, value));
        return this;
    }

    void print(PrintWriter out, List<T> things, boolean asJson) {
        if (asJson) {
            JsonArray array = new JsonArray();
            things.forEach(thing -> array.add(json.apply(thing)));
            out.println(array.encodePrettily());
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(columns.stream().map(Column::title).toList());
        things.forEach(thing -> rows.add(columns.stream()
                .map(column -> Printable.line(column.value().apply(thing)))
                .toList()));
        int[] widths = new int[columns.size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }
}
