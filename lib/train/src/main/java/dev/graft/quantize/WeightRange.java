package dev.graft.quantize;

import dev.graft.engine.Int8Arithmetic;

/** How many bits the weights of an int8 model have. */
public enum WeightRange {
  /** 8, but 7 where this machine computes wrongly with 8: x86 without VNNI. */
  AUTO,
  /** 8. */
  FULL,
  /** 7: right on every machine. */
  REDUCED;

  boolean isReduced() {
    return this == REDUCED || (this == AUTO && !Int8Arithmetic.isExact());
  }
}
