package dev.graft.photo.decode;

import dev.graft.error.ErrorCode;
import java.io.IOException;

/** What is wrong with the bytes of a photo; the reader adds the file's name. */
public final class BadPhotoException extends IOException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  BadPhotoException(ErrorCode code, String reason) {
    this(code, reason, null);
  }

  BadPhotoException(ErrorCode code, String reason, Throwable cause) {
    super(reason, cause);
    this.code = code;
  }

  public static BadPhotoException truncated(PhotoFormat format, String missing) {
    return new BadPhotoException(
        ErrorCode.UNREADABLE_PHOTO,
        "truncated %s (%s); copy the file again or leave it out".formatted(format, missing));
  }

  public static BadPhotoException corrupt(PhotoFormat format, String what) {
    return new BadPhotoException(
        ErrorCode.UNREADABLE_PHOTO,
        "corrupt %s (%s); copy the file again or leave it out".formatted(format, what));
  }

  public static BadPhotoException unsupported(String what) {
    return new BadPhotoException(
        ErrorCode.UNSUPPORTED_PHOTO,
        "unsupported: " + what + "; convert it to a usual JPEG or PNG, or leave it out");
  }

  /** What kind of failure it is. */
  public ErrorCode code() {
    return code;
  }
}
