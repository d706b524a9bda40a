package dev.graft.jpeg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.photo.PhotoException;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.testing.Ended;
import dev.graft.testing.HardPhotos;
import dev.graft.testing.JavaProcess;
import dev.graft.testing.Project;
import dev.graft.testing.ResidentMemory;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damaged JPEGs that pass the reader's own checks reach native code. In a process of its own: a
 * crash of that code would end it.
 */
class HostileBytesTest {

  @BeforeEach
  void needsTheNativeLibrary() {
    assumeTrue(new LeptonicaDecoder().problem().isEmpty(), "leptonica does not load here");
  }

  @Test
  void endAsPixelsOrAsAPhotoException() throws Exception {
    damage(1_200);
  }

  @Test
  @Tag("soak")
  void endAsPixelsOrAsAPhotoExceptionInManyCases() throws Exception {
    damage(200_000);
  }

  private void damage(int cases) throws Exception {
    Ended ended =
        JavaProcess.of(HostileBytesTest.class).withSteadyMemory(128).arguments(cases).run();
    String said = ended.toString();
    int[] n =
        ended.outputOfSuccess().strip().lines().mapToInt(line -> Integer.parseInt(line)).toArray();
    assertEquals(5, n.length, said);
    System.out.printf(
        "of %d cases read %d, by the scaled way alone %d, %d kB more; %d kB after large ones%n",
        cases, n[0], n[1], n[3], n[4]);
    assertTrue(n[0] > cases / 10 && n[0] < cases * 9 / 10, n[0] + " read");
    // libjpeg-turbo passes over some bad Huffman codes in silence where the JDK's libjpeg warns.
    assertTrue(n[1] <= cases / 100, n[1] + " read that the exact way rejects");
    assertEquals(0, n[2], "rejected though the exact way reads them");
    // What the JVM itself still grows by at the beginning is as much; a leak would go on.
    assertTrue(n[3] < (cases < 100_000 ? 30_000 : 4_000), n[3] + " kB more in memory");
    // A reduced photo or a copy of a JPEG not freed would be 200 MB.
    assertTrue(n[4] < 30_000, n[4] + " kB more in memory after whole and damaged photos");
    // Leptonica is silent: not a line like "Error in pixReadMemJpeg: ...". libjpeg is not.
    assertTrue(ended.err().lines().noneMatch(line -> line.matches("(Error|Warning) in .*")), said);
  }

  /**
   * Prints how many were read, how many of them by the scaled way alone, how many by the exact way
   * alone, and by how many kB the process grew in the second half, and by large photos.
   */
  public static void main(String[] args) throws IOException {
    int cases = Integer.parseInt(args[0]);
    List<byte[]> pictures = new ArrayList<>();
    for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY}) {
      for (boolean progressive : new boolean[] {false, true}) {
        pictures.add(Jpegs.encode(Jpegs.picture(203, 151, type), progressive));
      }
    }
    for (String name : List.of("rgb420.jpg", "rgb422_turned.jpg", "rgb444.jpg")) {
      pictures.add(Files.readAllBytes(Project.ENCODED.resolve(name)));
    }
    pictures.add(Files.readAllBytes(HardPhotos.MADE.folder().resolve("jpeg/restart_markers.jpg")));
    PhotoReader scaled = PhotoReader.create().withMaxPixels(1_000_000);
    PhotoReader exact = scaled.withExactDecoding();
    PhotoPreprocessing small = PhotoPreprocessing.stretch(3, 3);
    SplittableRandom random = new SplittableRandom(cases);
    int read = 0;
    int scaledAlone = 0;
    int exactAlone = 0;
    int resident = 0;
    for (int i = 0; i < cases; i++) {
      byte[] jpeg = Jpegs.damaged(pictures.get(i % pictures.size()), random);
      boolean byScaled = reads(scaled, jpeg, small);
      boolean byExact = reads(exact, jpeg, small);
      read += byScaled || byExact ? 1 : 0;
      scaledAlone += byScaled && !byExact ? 1 : 0;
      exactAlone += byExact && !byScaled ? 1 : 0;
      if (i == cases / 2) {
        resident = ResidentMemory.kilobytes();
      }
    }
    int grown = ResidentMemory.kilobytes() - resident;
    IntStream.of(read, scaledAlone, exactAlone, grown, grownByLargePhotos())
        .forEach(System.out::println);
  }

  private static int grownByLargePhotos() throws IOException {
    byte[] whole = Jpegs.colours(1024, 768);
    byte[] cut = Arrays.copyOf(whole, whole.length - 4_000);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    int before = 0;
    for (int i = 0; i < 350; i++) {
      if (i == 50) {
        before = ResidentMemory.kilobytes();
      }
      LeptonicaDecoder decoder = new LeptonicaDecoder();
      if (decoder.decode(whole, whole.length, 1024, 768, 3, 2).isEmpty()
          || decoder.decode(cut, cut.length, 1024, 768, 3, 2).isPresent()) {
        throw new AssertionError("expected the whole photo to be read, the other not");
      }
    }
    return ResidentMemory.kilobytes() - before;
  }

  private static boolean reads(PhotoReader reader, byte[] jpeg, PhotoPreprocessing small) {
    try {
      return reader.read(jpeg, "damaged", small).width() == 3;
    } catch (PhotoException e) {
      return false;
    }
  }
}
