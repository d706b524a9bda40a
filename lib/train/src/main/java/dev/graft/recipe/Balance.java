package dev.graft.recipe;

/** What is done for classes with fewer photos than others. */
public enum Balance {
  /** Nothing: every photo counts once. */
  NONE,
  /** A photo's loss is multiplied by n / (classes * photos of its class), as in scikit-learn. */
  CLASS_WEIGHTS,
  /** Each epoch draws as many photos of each class, those of small classes several times. */
  SAMPLING
}
