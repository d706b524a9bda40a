package dev.graft.recipe;

import dev.graft.data.SkippedFile;
import java.io.IOException;
import java.util.List;

/** Photos that cannot be read kept a training from going on. */
public final class UnreadablePhotosException extends IOException {

  private static final long serialVersionUID = 1L;

  private final transient List<SkippedFile> photos;

  public UnreadablePhotosException(List<SkippedFile> photos) {
    super(photos.size() + (photos.size() == 1 ? " photo" : " photos") + " cannot be read");
    this.photos = List.copyOf(photos);
  }

  /** All of them, each with the reason. */
  public List<SkippedFile> photos() {
    return photos;
  }
}
