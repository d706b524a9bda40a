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

  /** As the command line spells it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
