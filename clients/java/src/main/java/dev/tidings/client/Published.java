package dev.tidings.client;

/** A stored event. {@code isDuplicate}: it had been stored before, under the same id. */
public record Published(String id, boolean isDuplicate) {}
