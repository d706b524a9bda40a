package dev.graft.djl;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;

/** DJL cannot carry a node out; the message names the node and has DJL's reason. */
final class NodeException extends GraftException {

  private static final long serialVersionUID = 1L;

  NodeException(String message, Throwable cause) {
    super(ErrorCode.TRAINING_FAILED, message, cause);
  }
}
