package dev.graft.recipe;

import dev.graft.data.SkippedFile;
import dev.graft.error.ErrorCode;
import java.util.List;

/** Photos that cannot be read kept a training from going on. */
public final class UnreadablePhotosException extends TrainingException {

  private static final long serialVersionUID = 1L;

  private final transient List<SkippedFile> photos;

  public UnreadablePhotosException(List<SkippedFile> photos) {
    super(
        ErrorCode.UNREADABLE_PHOTO,
        photos.size() + (photos.size() == 1 ? " photo" : " photos") + " cannot be read",
        null);
    this.photos = List.copyOf(photos);
  }

  /** All of them, each with the reason. */
  public List<SkippedFile> photos() {
    return photos;
  }
}
