package dev.graft.cli.output;

/** How {@code graft classify} writes its results. */
public enum ResultFormat {
  TABLE,
  CSV,
  JSONL
}
