package dev.graft.recipe;

import dev.graft.quantize.Precision;
import java.nio.file.Path;
import java.time.Duration;

/** What a training is doing; sent on the training's own thread. */
public sealed interface Progress {

  /**
   * Features of the photos are being computed.
   *
   * @param done photos done
   * @param total photos there are
   * @param fromCache how many of {@code done} came from the cache
   * @param remaining the rest at the pace so far
   */
  record Features(int done, int total, int fromCache, Duration remaining) implements Progress {}

  /**
   * A backbone is being quantized: it runs on some photos, several times.
   *
   * @param backbone its name
   */
  record Quantizing(String backbone) implements Progress {}

  /**
   * What {@link Precision#AUTO} has come to.
   *
   * @param precision the one that is used
   * @param speedup how many times as fast as fp32 int8 is on this machine
   */
  record Chosen(Precision precision, double speedup) implements Progress {}

  /**
   * A fold of a cross-validation begins; those after the last belong to the training itself.
   *
   * @param fold from 1
   * @param folds how many there are
   */
  record Fold(int fold, int folds) implements Progress {}

  /**
   * An epoch has ended.
   *
   * @param epochs how many there are, those of the head included where layers are fine-tuned
   * @param metrics of this one
   * @param remaining the rest at the pace so far
   */
  record Epoch(int epochs, EpochMetrics metrics, Duration remaining) implements Progress {}

  /**
   * The training goes on where an earlier run was stopped.
   *
   * @param epoch the last one that it does not do again
   */
  record Resumed(int epoch) implements Progress {}

  /**
   * The state after an epoch has been kept: a run that is stopped now can be resumed after it.
   *
   * @param epoch counted as in {@link Epoch}
   */
  record Saved(int epoch) implements Progress {}

  /**
   * Something runs on the CPU that was to run on another device.
   *
   * @param reason what and why, one line for people
   */
  record Fallback(String reason) implements Progress {}

  /**
   * Not all features could be taken from the cache or kept in it. Told once, at the end; they have
   * been computed.
   *
   * @param reason which and why, one line for people
   */
  record CacheFailed(String reason) implements Progress {}

  /**
   * The state after an epoch could not be written, say because the disk is full. Told once; the
   * training goes on, and tries again after each epoch.
   *
   * @param file what was to be written; the one before, if there is one, is whole
   * @param reason why not
   */
  record CheckpointFailed(Path file, String reason) implements Progress {}
}
