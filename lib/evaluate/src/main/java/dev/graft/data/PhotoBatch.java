package dev.graft.data;

import java.util.List;

/**
 * Some photos, ready for a network.
 *
 * @param pixels {@code [n, height, width, 3]}, RGB, unsigned bytes
 * @param labels of the {@code n} photos
 * @param photos which ones they are
 */
@SuppressWarnings("ArrayRecordComponent") // read once and thrown away; copying would be waste
public record PhotoBatch(
    byte[] pixels, int n, int height, int width, Labels labels, List<LabeledPhoto> photos) {}
