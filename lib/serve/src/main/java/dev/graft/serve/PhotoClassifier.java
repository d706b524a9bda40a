package dev.graft.serve;

import dev.graft.error.GraftException;
import dev.graft.photo.Pixels;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Says what photos show. {@link Classifier} does so by a model file; an application that holds this
 * type can be tested without one.
 *
 * <p>All methods throw {@link NullPointerException} where an argument is null.
 */
public interface PhotoClassifier {

  /** The labels, in the order of {@link LabelProbability#index}. */
  List<String> classes();

  /**
   * Classifies a photo.
   *
   * @throws GraftException if it cannot be read or the model cannot run; {@link
   *     GraftException#code} tells which
   */
  Prediction classify(Path photo) throws GraftException;

  /**
   * Classifies a photo in memory.
   *
   * @param encoded the bytes of an image file
   * @param name what error messages call it
   * @throws GraftException as {@link #classify(Path)}
   */
  Prediction classify(byte[] encoded, String name) throws GraftException;

  /**
   * Classifies a photo that is read from a stream, to its end.
   *
   * @param encoded gives the bytes of an image file; stays the caller's to close
   * @param name what error messages call it
   * @throws GraftException as {@link #classify(Path)}
   */
  Prediction classify(InputStream encoded, String name) throws GraftException;

  /**
   * Classifies a photo that another library has decoded. Transparent parts are over white, as in a
   * file; it must be upright, for an image knows nothing of EXIF.
   *
   * @throws GraftException if the model cannot run
   */
  Prediction classify(BufferedImage photo) throws GraftException;

  /**
   * Classifies a photo that is decoded already.
   *
   * @param photo upright, of any size
   * @throws GraftException if the model cannot run
   */
  Prediction classify(Pixels photo) throws GraftException;
}
