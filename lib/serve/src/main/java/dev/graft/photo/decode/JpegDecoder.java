package dev.graft.photo.decode;

import dev.graft.error.ErrorCode;
import dev.graft.photo.spi.ScaledJpegDecoder;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntBinaryOperator;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * JPEG (ITU-T T.81). The JDK's libjpeg decodes the coefficients and upsamples; everything around it
 * is here, because the JDK lets damaged metadata and colour profiles stop it, and returns a
 * truncated photo with a mere warning. It gets the bare image segments, its warnings about the
 * picture are errors, and its raw samples are converted exactly as libjpeg (and so Pillow) does.
 */
public final class JpegDecoder {

  private static final String JDK_READER = "com.sun.imageio.plugins.jpeg.JPEGImageReaderSpi";

  /** Beyond any encoder's habit; each scan of a progressive photo costs a walk over all of it. */
  private static final int MAX_SCANS = 200;

  /**
   * Warnings of libjpeg after which the picture is nevertheless whole. Those about metadata, and
   * about numbers of a scan header that mean nothing in a sequential JPEG, cannot come: the copy
   * that it gets has neither.
   */
  private static final List<String> HARMLESS =
      List.of("extraneous bytes before marker", "Inconsistent progression sequence");

  /** Blocks of 8 samples, of which a colour has one where another has up to 4. */
  private static final int LARGEST_BLOCK = 32;

  private static final String NO_END = "expected the end-of-image marker";

  private static final int[] RGB_IDS = {'R', 'G', 'B'};

  /** What the three or four components mean. */
  enum Colors {
    GRAY,
    RGB,
    YCBCR,
    CMYK,
    YCCK
  }

  private final byte[] file;
  private final Limits limits;
  private final byte[] image;
  private int imageLength;

  private int width;
  private int height;
  private boolean huffman;
  private boolean progressive;
  private int[] componentIds = {};
  private int[] sampling = {};

  /** For each component and coefficient how many low bits are still missing; -1: all. */
  private byte[][] missingBits = {};

  private long entropyBytes;
  private int scans;
  private boolean endsWithoutMarker;
  private boolean jfif;
  private int adobeTransform = -1;
  private boolean exifSeen;
  private int orientation = Exif.UPRIGHT;

  private JpegDecoder(byte[] file, Limits limits) {
    this.file = file;
    this.limits = limits;
    this.image = new byte[file.length + 2];
  }

  /**
   * How a photo is decoded at a fraction of its size.
   *
   * @param reduction of the upright photo's width and height in pixels: 1, 2, 4 or 8
   */
  public record Smaller(ScaledJpegDecoder decoder, IntBinaryOperator reduction) {}

  /**
   * Decodes a photo, smaller than it is where that is enough.
   *
   * @param smaller how; null for all pixels
   */
  public static DecodedPhoto decode(byte[] file, Limits limits, Smaller smaller)
      throws BadPhotoException {
    JpegDecoder decoder = new JpegDecoder(file, limits);
    decoder.readSegments();
    if (smaller != null) {
      Optional<DecodedPhoto> reduced = decoder.reduced(smaller);
      if (reduced.isPresent()) {
        return reduced.get();
      }
    }
    return decoder.decode(decoder.colors());
  }

  /**
   * What a JPEG stores of each pixel, unconverted.
   *
   * @param count of components: 1, 3 or 4
   * @param samples {@code [height, width, count]}
   */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  public record Components(int width, int height, int count, byte[] samples) {}

  /**
   * Decodes a JPEG inside another file, which says what its components mean.
   *
   * @param mostWidth that it may have, and some more to fill its last blocks
   * @param mostHeight the same
   */
  public static Components components(byte[] file, Limits limits, int mostWidth, int mostHeight)
      throws BadPhotoException {
    JpegDecoder decoder = new JpegDecoder(file, limits);
    decoder.readSegments();
    if (decoder.width >= mostWidth + LARGEST_BLOCK
        || decoder.height >= mostHeight + LARGEST_BLOCK) {
      throw corrupt(
          "%d x %d pixels in the place of %d x %d"
              .formatted(decoder.width, decoder.height, mostWidth, mostHeight));
    }
    return new Components(
        decoder.width, decoder.height, decoder.componentIds.length, decoder.samples());
  }

  /** The photo at a fraction of its size; empty where that is not enough, or fails. */
  private Optional<DecodedPhoto> reduced(Smaller smaller) {
    ScaledJpegDecoder scaled = smaller.decoder();
    boolean upright = orientation < 5;
    int reduction =
        smaller.reduction().applyAsInt(upright ? width : height, upright ? height : width);
    if (reduction == 1 || !usual() || scaled.problem().isPresent()) {
      return Optional.empty();
    }
    int bands = componentIds.length;
    return scaled
        .decode(image, imageLength, width, height, bands, reduction)
        .map(s -> DecodedPhoto.reduced(width, height, reduction, bands, s, orientation));
  }

  /**
   * Whether this is grey, or YCbCr as cameras store it, and a decoder that sees the bare image
   * segments cannot take it for anything else.
   */
  private boolean usual() {
    if (!huffman) {
      return false;
    }
    if (componentIds.length == 1) {
      return true;
    }
    return componentIds.length == 3
        && colors() == Colors.YCBCR
        && !Arrays.equals(componentIds, RGB_IDS)
        && (sampling[0] >> 4) <= 2
        && (sampling[0] & 15) <= 2
        && sampling[1] == 0x11
        && sampling[2] == 0x11;
  }

  /**
   * Walks over the segments up to the end of the image and keeps those that make the picture. That
   * is the end-of-image marker, or where every coefficient has been in a scan to its last bit: what
   * comes then, be it a marker, nothing, zeros or what a camera appends, cannot change a pixel.
   */
  private void readSegments() throws BadPhotoException {
    append(0, 2);
    int at = 2;
    while (true) {
      while (at < file.length && file[at] != (byte) 0xff) {
        at++; // stray bytes between segments
      }
      while (at < file.length && file[at] == (byte) 0xff) {
        at++;
      }
      if (at >= file.length) {
        throw truncated(NO_END);
      }
      int marker = Bytes.uint8(file, at++);
      if (marker == 0xd9) {
        endImage();
        return;
      }
      if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
        continue; // no segment follows these
      }
      if (at + 2 > file.length) {
        throw truncated("expected a segment's length");
      }
      int length = Bytes.uint16be(file, at);
      int end = at + length;
      if (length < 2) {
        throw corrupt("a segment of %d bytes".formatted(length));
      }
      if (end > file.length) {
        throw truncated("a segment of %d bytes goes beyond the file".formatted(length));
      }
      switch (marker) {
        case 0xc0, 0xc1, 0xc2, 0xc9, 0xca -> {
          readFrame(marker, at + 2, length - 2);
          append(at - 2, end);
        }
        case 0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf ->
            throw BadPhotoException.unsupported("lossless or hierarchical JPEG");
        case 0xc4, 0xcc, 0xdb, 0xdd -> append(at - 2, end);
        case 0xda -> {
          readScan(at + 2, length - 2);
          int data = end;
          end = endOfScan(end);
          entropyBytes += end - data;
          append(at - 2, end);
          if (!progressive) {
            overwriteScanRange(imageLength - (end - at), Bytes.uint8(file, at + 2));
          }
          if (everyBitSeen()) {
            endImage();
            return;
          }
        }
        case 0xe0 -> jfif |= length >= 16 && Bytes.matches(file, at + 2, "JFIF\0");
        case 0xe1 -> {
          if (!exifSeen && length >= 8 && Bytes.matches(file, at + 2, "Exif\0")) {
            exifSeen = true;
            orientation = Exif.orientation(file, at + 8, end);
          }
        }
        case 0xee -> {
          if (length >= 14 && Bytes.matches(file, at + 2, "Adobe")) {
            adobeTransform = Bytes.uint8(file, at + 13);
          }
        }
        default -> {} // metadata and comments
      }
      at = end;
    }
  }

  private void endImage() throws BadPhotoException {
    image[imageLength++] = (byte) 0xff;
    image[imageLength++] = (byte) 0xd9;
    checkComplete();
  }

  private boolean everyBitSeen() {
    for (byte[] bits : missingBits) {
      for (byte b : bits) {
        if (b != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The range of coefficients in a sequential scan is always all. Some cameras write other numbers,
   * which every decoder passes over, libjpeg with a warning.
   *
   * @param at where the scan header's length begins in the copy
   */
  private void overwriteScanRange(int at, int components) {
    int range = at + 3 + 2 * components;
    image[range] = 0;
    image[range + 1] = 63;
    image[range + 2] = 0;
  }

  private void append(int from, int to) {
    System.arraycopy(file, from, image, imageLength, to - from);
    imageLength += to - from;
  }

  private void readFrame(int marker, int at, int length) throws BadPhotoException {
    if (componentIds.length > 0) {
      throw corrupt("two frame headers");
    }
    if (length < 6 || length < 6 + 3 * Bytes.uint8(file, at + 5)) {
      throw corrupt("a short frame header");
    }
    height = Bytes.uint16be(file, at + 1);
    width = Bytes.uint16be(file, at + 3);
    if (height == 0 && width > 0) {
      throw BadPhotoException.unsupported("JPEG whose height stands behind its data (DNL)");
    }
    int components = Bytes.uint8(file, at + 5);
    limits.check(PhotoFormat.JPEG, width, height, (long) width * height * components + file.length);
    if (Bytes.uint8(file, at) != 8) {
      throw BadPhotoException.unsupported(
          "JPEG of %d bits a sample".formatted(Bytes.uint8(file, at)));
    }
    if (components != 1 && components != 3 && components != 4) {
      throw BadPhotoException.unsupported("JPEG of %d components".formatted(components));
    }
    huffman = marker < 0xc8;
    progressive = marker == 0xc2 || marker == 0xca;
    componentIds = new int[components];
    sampling = new int[components];
    missingBits = new byte[components][64];
    for (int c = 0; c < components; c++) {
      componentIds[c] = Bytes.uint8(file, at + 6 + 3 * c);
      sampling[c] = Bytes.uint8(file, at + 7 + 3 * c);
      if (sampling[c] >> 4 < 1
          || sampling[c] >> 4 > 4
          || (sampling[c] & 15) < 1
          || (sampling[c] & 15) > 4) {
        throw corrupt("bad sampling factors");
      }
      Arrays.fill(missingBits[c], (byte) -1);
    }
  }

  private void readScan(int at, int length) throws BadPhotoException {
    if (componentIds.length == 0) {
      throw corrupt("a scan before the frame header");
    }
    if (++scans > MAX_SCANS) {
      throw BadPhotoException.unsupported("JPEG of more than %d scans".formatted(MAX_SCANS));
    }
    int n = length < 1 ? 0 : Bytes.uint8(file, at);
    if (n < 1 || n > 4 || length != 4 + 2 * n) {
      throw corrupt("bad scan header");
    }
    int first = progressive ? Math.min(63, Bytes.uint8(file, at + 1 + 2 * n)) : 0;
    int last = progressive ? Math.min(63, Bytes.uint8(file, at + 2 + 2 * n)) : 63;
    int low = progressive ? Bytes.uint8(file, at + 3 + 2 * n) & 15 : 0;
    for (int s = 0; s < n; s++) {
      for (int c = 0; c < componentIds.length; c++) {
        if (componentIds[c] == Bytes.uint8(file, at + 1 + 2 * s)) {
          Arrays.fill(missingBits[c], first, Math.max(first, last + 1), (byte) low);
        }
      }
    }
  }

  /**
   * The next marker that is no restart, and no stuffed 0xff. Without one, the end of the file less
   * the zeros there: they may stand for data that never came, and what is left of it must do.
   */
  private int endOfScan(int at) {
    for (int i = at; i < file.length - 1; i++) {
      if (file[i] == (byte) 0xff) {
        int next = Bytes.uint8(file, i + 1);
        if (next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7)) {
          return i;
        }
      }
    }
    endsWithoutMarker = true;
    int end = file.length;
    while (end > at && file[end - 1] == 0) {
      end--;
    }
    boolean stuffed = end > at && end < file.length && file[end - 1] == (byte) 0xff;
    return stuffed ? end + 1 : end;
  }

  private void checkComplete() throws BadPhotoException {
    if (componentIds.length == 0 || scans == 0) {
      throw corrupt("no image data");
    }
    for (byte[] bits : missingBits) {
      // A whole band of frequencies may be left out on purpose, but not the average, nor half of
      // the bits of a band.
      boolean refined = true;
      for (byte b : bits) {
        refined &= b <= 0;
      }
      if (bits[0] < 0 || !refined) {
        throw truncated("scans are missing");
      }
    }
    if (huffman && entropyBytes * 8 < blocks()) {
      throw truncated(
          "%d bytes of data for the %d x %d pixels that its header claims"
              .formatted(entropyBytes, width, height));
    }
  }

  /** Blocks of 8 x 8 samples; each takes at least one bit. */
  private long blocks() {
    int maxH = 1;
    int maxV = 1;
    for (int s : sampling) {
      maxH = Math.max(maxH, s >> 4);
      maxV = Math.max(maxV, s & 15);
    }
    long blocks = 0;
    for (int s : sampling) {
      long across = ((long) width * (s >> 4) + 8L * maxH - 1) / (8L * maxH);
      long down = ((long) height * (s & 15) + 8L * maxV - 1) / (8L * maxV);
      blocks += across * down;
    }
    return blocks;
  }

  /** As libjpeg decides it ({@code default_decompress_parms} in jdapimin.c). */
  private Colors colors() {
    return switch (componentIds.length) {
      case 1 -> Colors.GRAY;
      case 4 -> adobeTransform > 0 ? Colors.YCCK : Colors.CMYK;
      default -> {
        boolean rgb =
            adobeTransform >= 0 ? adobeTransform == 0 : Arrays.equals(componentIds, RGB_IDS);
        yield rgb && !jfif ? Colors.RGB : Colors.YCBCR;
      }
    };
  }

  private DecodedPhoto decode(Colors colors) throws BadPhotoException {
    byte[] samples = samples();
    int n = width * height;
    switch (colors) {
      case GRAY, RGB -> {}
      case YCBCR -> YcbcrToRgb.convert(samples, 3, n);
      case YCCK -> {
        YcbcrToRgb.convert(samples, 4, n);
        for (int i = 0; i < 4 * n; i += 4) {
          samples[i] = (byte) ~samples[i];
          samples[i + 1] = (byte) ~samples[i + 1];
          samples[i + 2] = (byte) ~samples[i + 2];
        }
        Cmyk.toRgb(samples, n, true);
      }
      case CMYK -> Cmyk.toRgb(samples, n, true);
    }
    return new DecodedPhoto(width, height, colors == Colors.GRAY ? 1 : 3, samples, orientation);
  }

  /** The components as stored, upsampled, {@code [height, width, components]}. */
  private byte[] samples() throws BadPhotoException {
    List<String> warnings = new ArrayList<>();
    Raster raster =
        Plugins.read(
            jdkReaderSpi(),
            new EncodedInput(image, imageLength),
            PhotoFormat.JPEG,
            reader -> {
              reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
              return reader.readRaster(0, null);
            });
    for (String warning : warnings) {
      if (HARMLESS.stream().noneMatch(warning::contains)) {
        throw endsWithoutMarker ? truncated(NO_END) : corrupt(warning);
      }
    }
    int components = componentIds.length;
    if (raster.getWidth() != width
        || raster.getHeight() != height
        || !(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || model.getPixelStride() != components
        || model.getScanlineStride() != width * components
        || !(raster.getDataBuffer() instanceof DataBufferByte buffer)) {
      throw new IllegalStateException("unexpected raster from the JDK's JPEG reader: " + raster);
    }
    return buffer.getData();
  }

  /** By name, not by format: another plug-in of the application must not change the pixels. */
  private static ImageReaderSpi jdkReaderSpi() throws BadPhotoException {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    var all = registry.getServiceProviders(ImageReaderSpi.class, false);
    while (all.hasNext()) {
      ImageReaderSpi spi = all.next();
      if (spi.getClass().getName().equals(JDK_READER)) {
        return spi;
      }
    }
    throw new BadPhotoException(
        ErrorCode.UNSUPPORTED_PHOTO,
        "the JDK's own JPEG reader is not registered with ImageIO; use a JDK with java.desktop and do not deregister it");
  }

  private static BadPhotoException truncated(String missing) {
    return BadPhotoException.truncated(PhotoFormat.JPEG, missing);
  }

  private static BadPhotoException corrupt(String what) {
    return BadPhotoException.corrupt(PhotoFormat.JPEG, what);
  }
}
