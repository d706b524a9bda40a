package dev.graft.recipe;

import dev.graft.data.Skipped;
import dev.graft.error.ErrorCode;
import java.util.List;

/** Photos that cannot be read kept a training from going on. */
public final class UnreadablePhotosException extends TrainingException {

  private static final long serialVersionUID = 1L;

  private final transient List<Skipped> photos;

  public UnreadablePhotosException(List<Skipped> photos) {
    super(
        ErrorCode.UNREADABLE_PHOTO,
        photos.size() + (photos.size() == 1 ? " photo" : " photos") + " cannot be read",
        null);
    this.photos = List.copyOf(photos);
  }

  /** All of them, each with the reason. */
  public List<Skipped> photos() {
    return photos;
  }
}
