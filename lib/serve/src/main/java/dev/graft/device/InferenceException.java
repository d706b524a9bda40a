package dev.graft.device;

import dev.graft.error.ErrorCode;
import dev.graft.error.GraftException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ONNX Runtime cannot load or run a model; the message is what it says, or why it was not tried, in
 * one line.
 */
public final class InferenceException extends GraftException {

  private static final long serialVersionUID = 1L;

  /** What of a long message about a GPU matters: the rest is where in ONNX Runtime it arose. */
  private static final Pattern ESSENCE =
      Pattern.compile("with error: *([^\\n]+)|((?:CUDA|CUDNN|CUBLAS) failure \\d+: [^;\\n]+)");

  public InferenceException(Throwable cause) {
    super(ErrorCode.INFERENCE_FAILED, brief(cause.getMessage()), cause);
  }

  /** It was not tried: what speaks against it. */
  public InferenceException(String reason) {
    super(ErrorCode.INFERENCE_FAILED, reason, null);
  }

  public static String brief(String message) {
    Matcher essence = ESSENCE.matcher(message);
    String text = message.replaceFirst("^Error code - \\w+ - message: ", "");
    if (essence.find()) {
      text = essence.group(1) != null ? essence.group(1) : essence.group(2);
    }
    return text.strip().replaceAll("\\s+", " ");
  }
}
