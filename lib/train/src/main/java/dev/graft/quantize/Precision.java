package dev.graft.quantize;

import java.util.Locale;

/** How the weights of a network are stored, and what it computes with. */
public enum Precision {
  /** 32-bit floats. */
  FP32,
  /** Weights stored in 16-bit floats, half the size; computed with in 32 bits. */
  FP16,
  /** Weights and activations of 8 bits: a quarter of the size, and faster where it can be. */
  INT8,
  /** INT8 where it is faster on this machine, found out by measuring; else FP32. */
  AUTO;

  /**
   * Checks that a backbone can be stored so: one that layers are trained of stays in {@link #FP32}.
   *
   * @param frozen whether none of its layers are trained
   * @throws IllegalArgumentException if not; the message says what to do
   */
  public void requireFor(boolean frozen) {
    if (this != FP32 && !frozen) {
      throw new IllegalArgumentException(
          "precision %s is for frozen backbones: train in fp32, and then quantise the model"
                  .formatted(this)
              + " (graft quantize)");
    }
  }

  /** As the command line spells it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
