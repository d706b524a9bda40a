package dev.graft.cli;

/** How {@code graft classify} writes its results. */
enum ResultFormat {
  TABLE,
  CSV,
  JSONL
}
