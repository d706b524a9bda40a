package dev.graft.backbone;

import java.io.IOException;
import java.nio.file.Path;

/**
 * An ONNX file that cannot be a backbone; the message names it, what is wrong with it and what to
 * do.
 */
public final class BackboneException extends IOException {

  private static final long serialVersionUID = 1L;

  BackboneException(Path file, String reason, Throwable cause) {
    super(file + ": " + reason, cause);
  }

  BackboneException(Path file, String reason) {
    this(file, reason, null);
  }
}
