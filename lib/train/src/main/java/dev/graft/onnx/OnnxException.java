package dev.graft.onnx;

import java.io.IOException;

/** A file that is not a usable ONNX model; the message names it, what is wrong and what to do. */
public final class OnnxException extends IOException {

  private static final long serialVersionUID = 1L;

  OnnxException(String file, String reason, Throwable cause) {
    super(file + ": " + reason, cause);
  }

  OnnxException(String file, String reason) {
    this(file, reason, null);
  }
}
