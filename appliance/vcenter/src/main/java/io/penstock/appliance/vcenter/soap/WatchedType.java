package io.penstock.appliance.vcenter.soap;

import java.util.List;

/**
 * What is watched of all objects of a type.
 *
 * @param type a managed object type
 * @param paths its properties, as leaves: never more than is used
 */
public record WatchedType(String type, List<String> paths) {}
