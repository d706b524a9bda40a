package dev.graft.backbone;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;
import java.nio.file.Path;

/**
 * An ONNX file that cannot be a backbone; the message names it, what is wrong with it and what to
 * do.
 */
public final class BackboneException extends GraftException {

  private static final long serialVersionUID = 1L;

  BackboneException(Path file, String reason, Throwable cause) {
    super(ErrorCode.NOT_A_BACKBONE, file + ": " + reason, cause);
  }

  BackboneException(Path file, String reason) {
    this(file, reason, null);
  }
}
