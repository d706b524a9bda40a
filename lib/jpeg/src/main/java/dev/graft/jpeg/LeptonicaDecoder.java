package dev.graft.jpeg;

import static org.bytedeco.leptonica.global.leptonica.L_SEVERITY_NONE;
import static org.bytedeco.leptonica.global.leptonica.getImagelibVersions;
import static org.bytedeco.leptonica.global.leptonica.getLeptonicaVersion;
import static org.bytedeco.leptonica.global.leptonica.lept_free;
import static org.bytedeco.leptonica.global.leptonica.pixDestroy;
import static org.bytedeco.leptonica.global.leptonica.pixGetData;
import static org.bytedeco.leptonica.global.leptonica.pixGetDepth;
import static org.bytedeco.leptonica.global.leptonica.pixGetHeight;
import static org.bytedeco.leptonica.global.leptonica.pixGetWidth;
import static org.bytedeco.leptonica.global.leptonica.pixGetWpl;
import static org.bytedeco.leptonica.global.leptonica.pixReadMemJpeg;
import static org.bytedeco.leptonica.global.leptonica.setMsgSeverity;

import dev.graft.photo.spi.ScaledJpegDecoder;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.leptonica.PIX;

/**
 * Leptonica's JPEG reader, which is libjpeg-turbo, through the JavaCPP bindings of Bytedeco.
 * Thread-safe.
 *
 * <p>The native library is loaded on first use (0.2 s); JavaCPP keeps a copy of it in the folder
 * that its system property {@code org.bytedeco.javacpp.cachedir} names, by default {@code
 * ~/.javacpp/cache}. Leptonica is told to print nothing, also to others in this process who use it.
 * libjpeg prints the first thing that it finds wrong with a photo's data to standard error, and
 * cannot be told not to.
 *
 * <p>Memory outside the heap, until {@link #decode} returns: the JPEG once more, 4 bytes (grey: 1)
 * a pixel of the reduced photo, and for a progressive JPEG up to 6 bytes a pixel of the whole one.
 */
public final class LeptonicaDecoder implements ScaledJpegDecoder {

  /** Fail where there is a warning, rather than {@code L_JPEG_CONTINUE_WITH_BAD_DATA}. */
  private static final int FAIL_ON_BAD_DATA = 0;

  private static final int NO_COLOR_MAP = 0;

  /** The library, loaded when this class is. */
  private static final class Library {

    static final String NAME;
    static final String PROBLEM; // null: none

    static {
      String name = "leptonica";
      String problem = null;
      try {
        setMsgSeverity(L_SEVERITY_NONE);
        name = version();
      } catch (LinkageError | RuntimeException e) {
        problem = reason(e);
      }
      NAME = name;
      PROBLEM = problem;
    }

    private Library() {}

    /** As in {@code leptonica 1.87.0 (libjpeg-turbo 3.0.1)}. */
    private static String version() {
      String own = text(getLeptonicaVersion()).replace('-', ' ');
      Matcher turbo = Pattern.compile("libjpeg-turbo [\\d.]+").matcher(text(getImagelibVersions()));
      return turbo.find() ? own + " (" + turbo.group() + ")" : own;
    }

    private static String text(BytePointer string) {
      try {
        return string.getString();
      } finally {
        lept_free(string);
      }
    }

    private static String reason(Throwable e) {
      Throwable cause =
          e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
      String message = String.valueOf(cause.getMessage());
      if (message.startsWith("no jnileptonica in java.library.path")) {
        return "its native library for %s is not on the class path"
            .formatted(Loader.Detector.getPlatform());
      }
      return message.lines().findFirst().orElse(cause.getClass().getSimpleName());
    }
  }

  @Override
  public String name() {
    return Library.NAME;
  }

  /**
   * {@inheritDoc}
   *
   * <p>On Windows there always is one: leptonica there writes each photo to a temporary file first.
   */
  @Override
  public Optional<String> problem() {
    if (System.getProperty("os.name").startsWith("Windows")) {
      return Optional.of("on Windows it copies each photo to a temporary file, so it is not used");
    }
    return Optional.ofNullable(Library.PROBLEM);
  }

  @Override
  public Optional<byte[]> decode(
      byte[] jpeg, int length, int width, int height, int bands, int reduction) {
    int[] warnings = new int[1];
    PIX pix = pixReadMemJpeg(jpeg, length, NO_COLOR_MAP, reduction, warnings, FAIL_ON_BAD_DATA);
    if (pix == null) {
      return Optional.empty();
    }
    try {
      int w = (width + reduction - 1) / reduction;
      int h = (height + reduction - 1) / reduction;
      boolean asExpected =
          warnings[0] == 0
              && pixGetWidth(pix) == w
              && pixGetHeight(pix) == h
              && pixGetDepth(pix) == (bands == 1 ? 8 : 32);
      return asExpected ? Optional.of(samples(pix, w, h, bands)) : Optional.empty();
    } finally {
      pixDestroy(pix);
    }
  }

  /** Leptonica's rows are 32-bit words; the first of a word's bytes are its highest bits. */
  private static byte[] samples(PIX pix, int width, int height, int bands) {
    IntPointer data = pixGetData(pix);
    int[] row = new int[pixGetWpl(pix)];
    byte[] samples = new byte[width * height * bands];
    for (int y = 0, to = 0; y < height; y++) {
      data.position((long) y * row.length).get(row);
      if (bands == 1) {
        for (int x = 0; x < width; x++) {
          samples[to++] = (byte) (row[x >> 2] >> (24 - 8 * (x & 3)));
        }
      } else {
        for (int x = 0; x < width; x++) {
          samples[to++] = (byte) (row[x] >> 24);
          samples[to++] = (byte) (row[x] >> 16);
          samples[to++] = (byte) (row[x] >> 8);
        }
      }
    }
    return samples;
  }
}
