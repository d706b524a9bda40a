package dev.graft.recipe;

import dev.graft.error.ErrorCode;

/**
 * A checkpoint that a training cannot go on from: it is damaged, an older version of Graft has
 * written it, or it belongs to another training. The message names the file, says which of these it
 * is and what to do; nothing has been changed.
 */
public final class CheckpointException extends TrainingException {

  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    this(message, null);
  }

  public CheckpointException(String message, Throwable cause) {
    super(ErrorCode.UNUSABLE_CHECKPOINT, message, cause);
  }
}
