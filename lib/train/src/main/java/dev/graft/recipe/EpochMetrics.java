package dev.graft.recipe;

import dev.graft.model.SplitMetrics;

/**
 * How one pass over the training photos went.
 *
 * @param epoch from 1
 * @param train mean over the batches as they were trained, dropout included
 * @param validation after the epoch, without dropout; null where there are no validation photos
 */
public record EpochMetrics(int epoch, SplitMetrics train, SplitMetrics validation) {}
