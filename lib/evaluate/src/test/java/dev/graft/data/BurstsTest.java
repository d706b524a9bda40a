package dev.graft.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos of one camera, taken within seconds, are on one side. */
class BurstsTest {

  private static final LabeledFolderOptions TOGETHER =
      LabeledFolderOptions.defaults().withValidationSplit(0.5).withGrouping(Grouping.CAPTURE);

  @TempDir private Path root;
  private int made;

  /** A JPEG unlike all others, taken some milliseconds after 12:00:00. */
  private Path photo(String name, String model, int millis) throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    made++;
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, made * 0x010305 + i);
    }
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", jpeg);
    byte[] bytes = jpeg.toByteArray();
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    String time = "2024:05:01 12:%02d:%02d".formatted(millis / 60_000, millis / 1000 % 60);
    byte[] exif = model == null ? new byte[0] : exif(model, time, "%03d".formatted(millis % 1000));
    ByteBuffer all = ByteBuffer.allocate(bytes.length + exif.length);
    all.put(bytes, 0, 2).put(exif).put(bytes, 2, bytes.length - 2);
    return Files.write(file, all.array());
  }

  /** An APP1 segment: camera, DateTimeOriginal, SubSecTimeOriginal. */
  private static byte[] exif(String model, String time, String subSeconds) {
    byte[] name = (model + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] when = (time + "\0").getBytes(StandardCharsets.US_ASCII);
    int exposure = 8 + 2 + 2 * 12 + 4;
    int values = exposure + 2 + 2 * 12 + 4;
    ByteBuffer tiff = ByteBuffer.allocate(values + when.length + name.length);
    tiff.put("MM".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8);
    tiff.putShort((short) 2);
    tag(tiff, 0x110, 2, name.length).putInt(values + when.length);
    tag(tiff, 0x8769, 4, 1).putInt(exposure);
    tiff.putInt(0).putShort((short) 2);
    tag(tiff, 0x9003, 2, when.length).putInt(values);
    tag(tiff, 0x9291, 2, 4).put((subSeconds + "\0").getBytes(StandardCharsets.US_ASCII));
    tiff.putInt(0).put(when).put(name);
    byte[] mark = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
    int length = 2 + mark.length + tiff.capacity();
    return ByteBuffer.allocate(2 + length)
        .putShort((short) 0xffe1)
        .putShort((short) length)
        .put(mark)
        .put(tiff.array())
        .array();
  }

  private static ByteBuffer tag(ByteBuffer tiff, int tag, int type, int count) {
    return tiff.putShort((short) tag).putShort((short) type).putInt(count);
  }

  /** The names of the photos of each group of more than one. */
  private Set<Set<String>> bursts() throws IOException {
    Map<String, Set<String>> groups = new HashMap<>();
    for (LabeledPhoto photo : LabeledFolder.open(root, TOGETHER).photos()) {
      groups
          .computeIfAbsent(photo.group(), group -> new HashSet<>())
          .add(photo.path().getFileName().toString());
    }
    return groups.values().stream().filter(g -> g.size() > 1).collect(Collectors.toSet());
  }

  @Test
  void aBurstIsOfOneCameraAndEachPhotoAtMostTenSecondsAfterTheOneBefore() throws IOException {
    photo("a/1.jpg", "Kestrel", 0);
    photo("b/2.jpg", "Kestrel", 10_000);
    photo("a/3.jpg", "Kestrel", 20_000);
    photo("a/late.jpg", "Kestrel", 30_001);
    photo("a/other.jpg", "Osprey", 5_000);
    photo("a/unknown.jpg", null, 5_000);
    photo("b/unknown too.jpg", null, 5_000);
    assertEquals(Set.of(Set.of("1.jpg", "2.jpg", "3.jpg")), bursts(), "of two classes too");
    Path copy = Files.copy(root.resolve("a/late.jpg"), root.resolve("b/copy.jpg"));
    assertTrue(bursts().contains(Set.of("late.jpg", copy.getFileName().toString())), "equal files");
  }

  @Test
  void theSplitKeepsBurstsTogetherAndMovesNoPhotoByItself() throws IOException {
    for (int burst = 0; burst < 30; burst++) {
      for (int i = 0; i < 3; i++) {
        String label = burst % 2 == 0 ? "a" : "b";
        photo("%s/%02d-%d.jpg".formatted(label, burst, i), "Kestrel", burst * 60_000 + i * 700);
      }
      photo("b/alone %02d.jpg".formatted(burst), null, 0);
    }
    LabeledFolderOptions apart = TOGETHER.withGrouping(Grouping.NONE);
    Set<Path> before = validating(LabeledFolder.open(root, apart));
    LabeledFolder folder = LabeledFolder.open(root, TOGETHER);
    Set<Path> after = validating(folder);
    Set<String> learnt =
        folder.training().stream().map(LabeledPhoto::group).collect(Collectors.toSet());
    assertTrue(folder.validation().stream().noneMatch(p -> learnt.contains(p.group())));
    assertFalse(before.equals(after), "bursts were torn apart");
    assertEquals(alone(before), alone(after));

    photo("a/29-3.jpg", "Kestrel", 29 * 60_000 + 2_100); // joins a burst
    photo("a/new.jpg", "Kestrel", 59 * 60_000);
    Set<Path> later = validating(LabeledFolder.open(root, TOGETHER));
    later.retainAll(
        LabeledFolder.open(root, TOGETHER).photos().stream()
            .map(LabeledPhoto::path)
            .filter(path -> folder.photos().stream().anyMatch(p -> p.path().equals(path)))
            .toList());
    assertEquals(after, later, "who was there stays on its side");
  }

  private static Set<Path> validating(LabeledFolder folder) {
    return folder.validation().stream()
        .map(LabeledPhoto::path)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static Set<Path> alone(Set<Path> photos) {
    return photos.stream()
        .filter(path -> path.getFileName().toString().startsWith("alone"))
        .collect(Collectors.toSet());
  }

  @Test
  void damagedExifDataLeaveAPhotoAlone() throws IOException {
    photo("a/1.jpg", "Kestrel", 0);
    photo("b/2.jpg", "Kestrel", 1);
    Path damaged = photo("a/3.jpg", "Kestrel", 2);
    byte[] bytes = Files.readAllBytes(damaged);
    int year = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("2024:");
    bytes[year] = 'x';
    Files.write(damaged, bytes);
    assertEquals(Set.of(Set.of("1.jpg", "2.jpg")), bursts());
    assertEquals(List.of("a", "b"), LabeledFolder.open(root, TOGETHER).classes());
  }
}
