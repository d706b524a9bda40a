package dev.graft.model;

/** What is asked of a photo. {@code toString} gives the spelling in model files and messages. */
public enum Task {
  /** Which one of the classes it shows: the probabilities are a softmax and add up to 1. */
  SINGLE_LABEL("single-label"),
  /** Which of the classes it shows, none or several: each probability is a sigmoid of its own. */
  MULTI_LABEL("multi-label");

  private final String spelling;

  Task(String spelling) {
    this.spelling = spelling;
  }

  @Override
  public String toString() {
    return spelling;
  }
}
