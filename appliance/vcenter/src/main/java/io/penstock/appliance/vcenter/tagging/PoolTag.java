package io.penstock.appliance.vcenter.tagging;

/**
 * Penstock's tags and their category. Each has one id for the life of the product, which a vCenter takes from whoever creates it: so ours
 * are known again whatever they are called by now, and somebody else's of the same name is never taken for ours.
 */
public enum PoolTag {
    /** A VM that lends its GPUs. */
    GPU_SERVER("GPU server", "Lends its GPUs to the Penstock pool", "5d0f5c0a-7a46-4d0a-9c53-1f0b6a4e2c71"),
    /** A VM that uses GPUs of the pool. */
    CLIENT("Client", "Uses GPUs of the Penstock pool", "b4b0c2a8-35de-4a53-8f0e-6f7d9c1e0a52");

    /** What the category is called when it is made. */
    public static final String CATEGORY = "Penstock";

    static final String CATEGORY_ID = "urn:vmomi:InventoryServiceCategory:0c3b9a1e-52f4-4f7b-8a86-d2e71c5f9b30:GLOBAL";
    static final String CATEGORY_DESCRIPTION = "Made and kept up by Penstock: machines of its GPU pool";

    private final String label;
    private final String description;
    private final String id;

    PoolTag(String label, String description, String uuid) {
        this.label = label;
        this.description = description;
        this.id = "urn:vmomi:InventoryServiceTag:" + uuid + ":GLOBAL";
    }

    /** What it is called when it is made. */
    public String label() {
        return label;
    }

    String description() {
        return description;
    }

    String id() {
        return id;
    }
}
