package io.penstock.gpuserver.software.ptx.run;

/** The shapes of textures and surfaces that instructions name, each with the coordinates that PTX wants for it. */
public enum Geometry {
    ONE("1d", 1, false, 1),
    TWO("2d", 2, false, 2),
    /** The fourth coordinate is ignored. */
    THREE("3d", 3, false, 4),
    LAYERS_OF_ONE("a1d", 1, true, 2),
    /** The fourth coordinate is ignored. */
    LAYERS_OF_TWO("a2d", 2, true, 4);

    private final String word;
    private final int dimensions;
    private final boolean layered;
    private final int coordinates;

    Geometry(String word, int dimensions, boolean layered, int coordinates) {
        this.word = word;
        this.dimensions = dimensions;
        this.layered = layered;
        this.coordinates = coordinates;
    }

    /** The instruction's word for it. */
    public String word() {
        return word;
    }

    /** Whether the first coordinate is the number of a layer. */
    public boolean layered() {
        return layered;
    }

    /** How many coordinates the instruction has. */
    public int coordinates() {
        return coordinates;
    }

    /** How many components a gradient has. */
    public int gradients() {
        return dimensions == 3 ? 4 : dimensions;
    }

    int dimensions() {
        return dimensions;
    }

    /** A lane's coordinate along a dimension; 0 where the geometry has no such one. */
    int place(int dimension, int[][] coordinates, int lane) {
        return dimension < dimensions ? coordinates[layered ? dimension + 1 : dimension][lane] : 0;
    }

    /** A lane's layer: the last one where there are not so many. */
    int layer(int[][] coordinates, int lane, int layers) {
        return (int) Math.min(Integer.toUnsignedLong(coordinates[0][lane]), layers - 1L);
    }
}
