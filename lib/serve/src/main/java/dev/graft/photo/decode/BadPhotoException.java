package dev.graft.photo.decode;

import java.io.IOException;

/** What is wrong with the bytes of a photo; the reader adds the file's name. */
public final class BadPhotoException extends IOException {

  private static final long serialVersionUID = 1L;

  BadPhotoException(String reason) {
    super(reason);
  }

  BadPhotoException(String reason, Throwable cause) {
    super(reason, cause);
  }

  public static BadPhotoException truncated(PhotoFormat format, String missing) {
    return new BadPhotoException(
        "truncated %s (%s); copy the file again or leave it out".formatted(format, missing));
  }

  public static BadPhotoException corrupt(PhotoFormat format, String what) {
    return new BadPhotoException(
        "corrupt %s (%s); copy the file again or leave it out".formatted(format, what));
  }

  public static BadPhotoException unsupported(String what) {
    return new BadPhotoException(
        "unsupported: " + what + "; convert it to a usual JPEG or PNG, or leave it out");
  }
}
