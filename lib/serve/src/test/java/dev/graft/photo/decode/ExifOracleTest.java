package dev.graft.photo.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The orientation that {@link Exif} finds is the one that metadata-extractor finds. */
class ExifOracleTest {

  private static final byte[] MARK = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

  private static int theirs(byte[] jpeg)
      throws JpegProcessingException, IOException, MetadataException {
    Metadata metadata =
        JpegMetadataReader.readMetadata(new ByteArrayInputStream(jpeg), List.of(new ExifReader()));
    ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    return directory == null || !directory.containsTag(ExifIFD0Directory.TAG_ORIENTATION)
        ? Exif.UPRIGHT
        : Exif.valid(directory.getInt(ExifIFD0Directory.TAG_ORIENTATION));
  }

  private static int ours(byte[] jpeg) {
    for (int at = 2; at + 4 < jpeg.length && (jpeg[at] & 0xff) == 0xff; ) {
      int length = (jpeg[at + 2] & 0xff) << 8 | (jpeg[at + 3] & 0xff);
      if ((jpeg[at + 1] & 0xff) == 0xe1
          && Bytes.matches(jpeg, at + 4, new String(MARK, StandardCharsets.ISO_8859_1))) {
        return Exif.orientation(jpeg, at + 4 + MARK.length, at + 2 + length);
      }
      at += 2 + length;
    }
    return Exif.UPRIGHT;
  }

  /** How many of the JPEGs of a folder have an orientation that turns them. */
  private static int compare(Path folder) throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(file -> file.toString().matches("(?i).*\\.jpe?g")).sorted().toList();
    }
    assertTrue(!files.isEmpty(), "no JPEG in " + folder);
    int turned = 0;
    for (Path file : files) {
      byte[] jpeg = Files.readAllBytes(file);
      assertEquals(theirs(jpeg), ours(jpeg), file.toString());
      turned += ours(jpeg) == Exif.UPRIGHT ? 0 : 1;
    }
    return turned;
  }

  @Test
  void ofThePhotosThatComeWithTheProject() throws Exception {
    compare(Path.of(System.getProperty("graft.root"), "test-images", "photos"));
  }

  @Test
  void ofPhotosOfPhonesAndCameras() throws Exception {
    Path folder = Path.of(System.getProperty("graft.shared"), "data", "phone-photos");
    assumeTrue(Files.isDirectory(folder), "the shared photos are not there");
    assertEquals(1, compare(folder), "the Canon 1000D's");
  }

  /** Little and big endian, as SHORT and LONG, the values there are and some that are none. */
  @Test
  void ofAllValuesAndWaysToStoreThem() throws Exception {
    List<String> compared = new ArrayList<>();
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      for (int type : new int[] {3, 4}) {
        for (int value = 0; value <= 9; value++) {
          byte[] jpeg = jpeg(order, type, value);
          assertEquals(theirs(jpeg), ours(jpeg), order + " type " + type + " value " + value);
          assertEquals(Exif.valid(value), ours(jpeg));
          compared.add(order + " " + type + " " + value);
        }
      }
    }
    assertEquals(40, compared.size());
  }

  /** A JPEG of nothing but EXIF data, with one tag. */
  private static byte[] jpeg(ByteOrder order, int type, int value) {
    ByteBuffer tiff = ByteBuffer.allocate(26).order(order);
    tiff.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8).putShort((short) 1);
    tiff.putShort((short) 274).putShort((short) type).putInt(1);
    if (type == 3) {
      tiff.putShort((short) value).putShort((short) 0);
    } else {
      tiff.putInt(value);
    }
    tiff.putInt(0);
    int length = 2 + MARK.length + tiff.capacity();
    return ByteBuffer.allocate(2 + 2 + length + 2)
        .putShort((short) 0xffd8)
        .putShort((short) 0xffe1)
        .putShort((short) length)
        .put(MARK)
        .put(tiff.array())
        .putShort((short) 0xffd9)
        .array();
  }
}
