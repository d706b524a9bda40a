package dev.graft.train;

/**
 * Where the time of a training went, in seconds.
 *
 * @param features reading photos and computing their features, or reading them from the cache
 * @param backbone the part of {@code features} spent inside ONNX Runtime
 * @param head training the head
 */
public record Timing(double features, double backbone, double head) {}
