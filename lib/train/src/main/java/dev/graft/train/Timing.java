package dev.graft.train;

/**
 * Where the time of a training went, in seconds.
 *
 * @param quantization quantising the backbone, or reading it from the cache
 * @param features reading photos and computing their features, or reading them from the cache
 * @param backbone the part of {@code features} spent inside ONNX Runtime
 * @param head training the head
 * @param fineTuning training layers of the backbone with the head; 0 where none was
 */
public record Timing(
    double quantization, double features, double backbone, double head, double fineTuning) {}
