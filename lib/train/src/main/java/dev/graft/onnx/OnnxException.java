package dev.graft.onnx;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;

/** A file that is not a usable ONNX model; the message names it, what is wrong and what to do. */
public final class OnnxException extends GraftException {

  private static final long serialVersionUID = 1L;

  OnnxException(ErrorCode code, String file, String reason, Throwable cause) {
    super(code, file + ": " + reason, cause);
  }

  OnnxException(ErrorCode code, String file, String reason) {
    this(code, file, reason, null);
  }
}
