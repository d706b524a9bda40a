package dev.graft.data;

import dev.graft.engine.ReadAhead;
import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.photo.Resize;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;

/**
 * One pass over photos in batches, decoded ahead on all cores. For one thread; close it to stop
 * early.
 *
 * <p>A photo that cannot be read is an {@link UncheckedIOException}, or stands in {@link
 * #unreadable()} where {@link LabeledFolderOptions#skipUnreadable()} says so. An interrupted thread
 * gets a {@link CancellationException}, and stays interrupted.
 */
public final class PhotoBatches implements Iterator<PhotoBatch>, AutoCloseable {

  private final BatchOptions options;
  private final boolean skipUnreadable;
  private final int classes;
  private final PhotoReader reader = PhotoReader.create();
  private final ReadAhead<LabeledPhoto, Read> reads;
  private final List<Skipped> unreadable = new ArrayList<>();
  private PhotoBatch next;

  PhotoBatches(
      List<LabeledPhoto> photos, int classes, BatchOptions options, boolean skipUnreadable) {
    this.options = options;
    this.skipUnreadable = skipUnreadable;
    this.classes = classes;
    int threads = Runtime.getRuntime().availableProcessors();
    int ahead = 2 * options.batchSize() + threads;
    this.reads = ReadAhead.of(photos.iterator(), threads, ahead, this::read);
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = assemble();
    }
    return next != null;
  }

  @Override
  public PhotoBatch next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    PhotoBatch batch = next;
    next = null;
    return batch;
  }

  /** The photos that could not be read so far. */
  public List<Skipped> unreadable() {
    return Collections.unmodifiableList(unreadable);
  }

  @Override
  public void close() {
    reads.close();
  }

  private PhotoBatch assemble() {
    List<LabeledPhoto> photos = new ArrayList<>();
    ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    while (photos.size() < options.batchSize() && reads.hasNext()) {
      Read read = reads.next();
      if (read.failure == null) {
        photos.add(read.photo);
        pixels.writeBytes(read.pixels.rgb());
      } else if (skipUnreadable) {
        unreadable.add(new Skipped(read.photo.path(), read.failure.reason()));
      } else {
        throw new UncheckedIOException(
            read.failure.getMessage() + "; delete it or set skipUnreadable", read.failure);
      }
    }
    if (photos.isEmpty()) {
      return null;
    }
    Resize size = options.preprocessing().resize();
    return new PhotoBatch(
        pixels.toByteArray(),
        photos.size(),
        size.height(),
        size.width(),
        Labels.of(options.labelMode(), photos, classes),
        List.copyOf(photos));
  }

  private Read read(LabeledPhoto photo) {
    try {
      return new Read(photo, photo.read(reader, options.preprocessing()), null);
    } catch (PhotoException e) {
      return new Read(photo, null, e);
    }
  }

  /** Either pixels or why there are none. */
  private record Read(LabeledPhoto photo, Pixels pixels, PhotoException failure) {}
}
