package dev.graft.photo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.graft.photo.decode.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A picture whose data have been cut short, in a file whose sizes and checksums are right: it is
 * refused. Where nothing but an end mark is missing, its pixels are what they were.
 */
class EarlyEndTest {

  private final PhotoReader reader = PhotoReader.create();

  @TestFactory
  Stream<DynamicTest> isNoticedInEveryFormat() throws IOException {
    return Fixtures.pictures().stream()
        .map(p -> dynamicTest(p.getFileName().toString(), () -> check(p)));
  }

  private void check(Path picture) throws IOException {
    byte[] file = Files.readAllBytes(picture);
    byte[] whole = reader.read(picture).rgb();
    int refused = 0;
    List<byte[]> shortened = shortened(picture.getFileName().toString(), file);
    for (byte[] part : shortened) {
      try {
        assertArrayEquals(whole, reader.read(part, "cut", null).rgb());
      } catch (PhotoException e) {
        assertTrue(!e.reason().startsWith("unsupported"), e::reason);
        refused++;
      }
    }
    assertTrue(refused >= shortened.size() - 16, refused + " refused of " + shortened.size());
  }

  private static List<byte[]> shortened(String name, byte[] file) {
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".webp" -> shortenedChunks(file);
      case ".tif" -> shortenedStrips(file);
      case ".png" -> shortenedImageData(file);
      case ".jpg" -> shortenedScan(file);
      case ".gif" -> shortenedFrame(file);
      default -> shortenedRows(file);
    };
  }

  /** How many bytes to leave of so many: all but the last ones, and some parts. */
  private static List<Integer> lengths(int all) {
    List<Integer> lengths = new ArrayList<>();
    for (int less = 1; less <= Math.min(8, all - 1); less++) {
      lengths.add(all - less);
    }
    for (int part = 1; part < 16; part++) {
      lengths.add(Math.max(1, all * part / 16));
    }
    return lengths;
  }

  private static List<byte[]> shortenedChunks(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 12; at + 8 <= file.length; at += 8 + in.getInt(at + 4) + in.getInt(at + 4) % 2) {
      String type = new String(file, at, 4, StandardCharsets.ISO_8859_1);
      if (!List.of("VP8 ", "VP8L", "ALPH").contains(type)) {
        continue;
      }
      int length = in.getInt(at + 4);
      int next = at + 8 + length + length % 2;
      for (int left : lengths(length)) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, at + 8 + left);
        out.write(new byte[left % 2], 0, left % 2);
        out.write(file, next, file.length - next);
        ByteBuffer part = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        part.putInt(4, part.capacity() - 8).putInt(at + 4, left);
        all.add(part.array());
      }
    }
    return all;
  }

  /** Moves a shorter copy of the last strip to the end of the file. */
  private static List<byte[]> shortenedStrips(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int offsets = place(in, 273);
    int counts = place(in, 279);
    int length = number(in, counts);
    int from = number(in, offsets);
    for (int left : lengths(length)) {
      byte[] part = Arrays.copyOf(file, file.length + left);
      System.arraycopy(file, from, part, file.length, left);
      ByteBuffer out = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
      put(out, offsets, file.length);
      put(out, counts, left);
      all.add(part);
    }
    return all;
  }

  /** Where the last value of a tag stands, negative if it is a short. */
  private static int place(ByteBuffer tiff, int tag) {
    int directory = tiff.getInt(4);
    for (int i = 0, e = directory + 2; i < tiff.getShort(directory); i++, e += 12) {
      if (tiff.getShort(e) == tag) {
        int size = tiff.getShort(e + 2) == 3 ? 2 : 4;
        int count = tiff.getInt(e + 4);
        int values = count * size <= 4 ? e + 8 : tiff.getInt(e + 8);
        int place = values + (count - 1) * size;
        return size == 2 ? -place : place;
      }
    }
    throw new AssertionError("no tag " + tag);
  }

  private static int number(ByteBuffer tiff, int place) {
    return place < 0 ? tiff.getShort(-place) & 0xffff : tiff.getInt(place);
  }

  private static void put(ByteBuffer tiff, int place, int value) {
    if (place < 0) {
      tiff.putShort(-place, (short) value);
    } else {
      tiff.putInt(place, value);
    }
  }

  private static List<byte[]> shortenedImageData(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file);
    for (int at = 8; at < file.length; at += 12 + in.getInt(at)) {
      if (!Bytes.matches(file, at + 4, "IDAT")) {
        continue;
      }
      int length = in.getInt(at);
      for (int left : lengths(length)) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, at + 8 + left);
        CRC32 crc = new CRC32();
        crc.update(file, at + 4, 4 + left);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        int next = at + 12 + length;
        out.write(file, next, file.length - next);
        all.add(ByteBuffer.wrap(out.toByteArray()).putInt(at, left).array());
      }
    }
    return all;
  }

  /** Of the last scan: with an end mark, without one, and with zeros in the place of data. */
  private static List<byte[]> shortenedScan(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    int scan = file.length - 2;
    while (file[scan] != (byte) 0xff || file[scan + 1] != (byte) 0xda) {
      scan--;
    }
    int data = scan + 2 + Bytes.uint16be(file, scan + 2);
    int end = data;
    while (end + 1 < file.length && (file[end] != (byte) 0xff || file[end + 1] == 0)) {
      end++;
    }
    for (int left : lengths(end - data)) {
      byte[] part = Arrays.copyOf(file, data + left);
      all.add(part);
      all.add(Arrays.copyOf(part, part.length + 4096));
      byte[] ended = Arrays.copyOf(part, part.length + 2);
      ended[part.length] = (byte) 0xff;
      ended[part.length + 1] = (byte) 0xd9;
      all.add(ended);
    }
    return all;
  }

  private static List<byte[]> shortenedFrame(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    int frame = 13 + 3 * (2 << (file[10] & 7));
    while (file[frame] == 0x21) {
      frame += 2;
      while (file[frame] != 0) {
        frame += 1 + (file[frame] & 0xff);
      }
      frame++;
    }
    int block = frame + 11; // no palette of its own
    for (int left : lengths(file[block] & 0xff)) {
      byte[] part = Arrays.copyOf(file, block + 1 + left + 2);
      part[block] = (byte) left;
      part[block + 1 + left] = 0;
      part[block + 2 + left] = 0x3b;
      all.add(part);
    }
    return all;
  }

  private static List<byte[]> shortenedRows(byte[] file) {
    List<byte[]> all = new ArrayList<>();
    int pixels = Bytes.int32le(file, 10);
    for (int left : lengths(file.length - pixels)) {
      all.add(Arrays.copyOf(file, pixels + left));
    }
    return all;
  }
}
