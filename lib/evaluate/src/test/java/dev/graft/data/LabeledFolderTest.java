package dev.graft.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.graft.photo.ColorMode;
import dev.graft.photo.Resize;
import dev.graft.testing.Photos;
import dev.graft.testing.Posix;
import dev.graft.testing.Project;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LabeledFolderTest {

  private static final LabeledFolderOptions OPTIONS = LabeledFolderOptions.defaults();
  private static final BatchOptions BATCHES = BatchOptions.defaults();

  @TempDir Path temp;

  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(temp.resolve("photos"));
  }

  /** Writes a PNG of one colour; different colours are different photos. */
  private Path photo(String name, int rgb) throws IOException {
    return Photos.ofOneColor(root.resolve(name), 4, 3, rgb);
  }

  /** {@code n} different photos a class. */
  private void photos(int n, String... classes) throws IOException {
    for (int c = 0; c < classes.length; c++) {
      for (int i = 0; i < n; i++) {
        photo(classes[c] + "/" + i + ".png", c << 16 | i);
      }
    }
  }

  private static Set<Path> paths(List<LabeledPhoto> photos) {
    return photos.stream().map(LabeledPhoto::path).collect(Collectors.toCollection(TreeSet::new));
  }

  private Map<String, String> skipped(LabeledFolder folder) {
    return folder.skipped().stream()
        .collect(
            Collectors.toMap(
                file -> root.relativize(file.path()).toString().replace('\\', '/'),
                Skipped::reason));
  }

  private String error(LabeledFolderOptions options) {
    return assertThrows(DataException.class, () -> LabeledFolder.open(root, options)).getMessage();
  }

  // Listing

  @Test
  void takesEachFolderForAClassAndReadsItToAnyDepth() throws Exception {
    Path b = photo("dog/b.png", 2);
    Path nested = photo("dog/2024/may/a.png", 3);
    Path cat = photo("cat/My Cat (1).PNG", 1);

    LabeledFolder folder = LabeledFolder.open(root);

    assertEquals(List.of("cat", "dog"), folder.classes());
    assertEquals(
        List.of(cat, nested, b), folder.photos().stream().map(LabeledPhoto::path).toList());
    assertEquals(List.of(0, 1, 1), folder.photos().stream().map(LabeledPhoto::label).toList());
    assertEquals(Map.of("cat", 1, "dog", 2), folder.countPerClass());
    assertEquals(List.of(), folder.skipped());
  }

  @Test
  void knowsPhotosByTheirBytesNotTheirNames() throws Exception {
    photos(1, "a", "b");
    Files.move(root.resolve("a/0.png"), root.resolve("a/no extension"));
    Files.move(root.resolve("b/0.png"), root.resolve("b/odd.txt"));
    Files.writeString(root.resolve("b/text.jpg"), "not a photo at all");
    Files.createFile(root.resolve("b/empty.jpg"));
    Files.writeString(root.resolve("b/film.heic"), "\0\0\0\030ftypisom\0\0\0\0");
    Path heic = root.resolve("b/photo.mp4");
    Files.writeString(heic, "\0\0\0\030ftypheic\0\0\0\0");

    LabeledFolder folder = LabeledFolder.open(root);

    assertEquals(3, folder.photos().size());
    assertTrue(paths(folder.photos()).contains(heic), "unreadable, but not to be passed over");
    assertEquals(
        Map.of("b/text.jpg", "not a photo", "b/film.heic", "not a photo", "b/empty.jpg", "empty"),
        skipped(folder));
  }

  @Test
  void sortsByCodePointsWhateverTheLanguage() throws Exception {
    // In UTF-16 the rose, a surrogate pair, would come before the full-width A.
    Posix.assumeUnicodeNames();
    List<String> sorted = List.of("B", "Z z", "a", "\u00c4", "\u6a31", "\uff21", "\uD83C\uDF39");
    for (String name : sorted) {
      photos(1, name);
    }
    assertEquals(sorted, LabeledFolder.open(root).classes());
  }

  @Test
  void reportsHiddenFilesThoseOfMachinesAndWhatLiesBesideTheClasses() throws Exception {
    photos(1, "a", "b");
    photo("a/.hidden.png", 7);
    photo(".git/x.png", 8);
    photo("__MACOSX/x.png", 9);
    photo("a/.thumbnails/x.png", 10);
    photo("stray.png", 11);
    Files.writeString(root.resolve("a/Thumbs.db"), "x");
    Files.writeString(root.resolve("b/desktop.ini"), "x");
    Files.writeString(root.resolve(".DS_Store"), "x");

    LabeledFolder folder = LabeledFolder.open(root);

    assertEquals(List.of("a", "b"), folder.classes());
    assertEquals(2, folder.photos().size());
    String machine = "made by a machine";
    assertEquals(
        Map.of(
            "a/.hidden.png", "hidden",
            ".git", "hidden",
            "__MACOSX", machine,
            "a/.thumbnails", machine,
            "stray.png", "beside the class folders; a photo belongs into the folder of its class",
            "a/Thumbs.db", machine,
            "b/desktop.ini", machine,
            ".DS_Store", machine),
        skipped(folder));
  }

  @Test
  void takesNoThumbnailOfANetworkStorageForAPhoto() throws Exception {
    photos(3, "birds", "flowers");
    for (String name : List.of("birds/0.png", "birds/1.png", "flowers/2.png")) {
      Path photo = Path.of(name);
      photo(photo.getParent() + "/@eaDir/" + photo.getFileName() + "/SYNOPHOTO_THUMB_M.jpg", 20);
    }
    photo("@eaDir/birds/SYNOPHOTO_THUMB_M.jpg", 21);
    photo("#recycle/old.jpg", 22);
    photo("birds/.@__thumb/s100.jpg", 23);
    photo("$RECYCLE.BIN/1.png", 24);
    photo("lost+found/1.png", 25);

    LabeledFolder folder = LabeledFolder.open(root);

    assertEquals(Map.of("birds", 3, "flowers", 3), folder.countPerClass());
    assertEquals(
        Set.of(
            "#recycle",
            "$RECYCLE.BIN",
            "@eaDir",
            "birds/.@__thumb",
            "birds/@eaDir",
            "flowers/@eaDir",
            "lost+found"),
        skipped(folder).keySet());
    assertEquals(Set.of("made by a machine"), Set.copyOf(skipped(folder).values()));
  }

  @Test
  void findsThePhotosOfARealNetworkStorage() throws Exception {
    LabeledFolder folder = LabeledFolder.open(Project.shared("data/reported/nas-folder"));
    assertEquals(List.of("birds", "flowers"), folder.classes());
    assertEquals(30, folder.photos().size());
  }

  @Test
  void givesNoPixelsOfAPhotoThatHasChangedSinceItWasListed() throws Exception {
    photos(2, "a", "b");
    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withSkipUnreadable(true));
    Path changed = photo("a/1.png", 0xABCDEF);
    try (PhotoBatches batches = folder.batches(folder.photos(), 0, BATCHES)) {
      assertEquals(3, batches.next().photos().size());
      assertEquals(
          List.of(
              new Skipped(
                  changed, "has changed since it was listed; run again when it is complete")),
          batches.unreadable());
    }
  }

  @Test
  void takesClassesInTheGivenOrder() throws Exception {
    photos(1, "a", "b", "c");
    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withClasses(List.of("c", "a", "none")));

    assertEquals(List.of("c", "a", "none"), folder.classes());
    assertEquals(
        List.of(root.resolve("c/0.png"), root.resolve("a/0.png")),
        folder.photos().stream().map(LabeledPhoto::path).toList());
    assertEquals(Map.of("b", "not among the classes [c, a, none]"), skipped(folder));
    assertTrue(folder.warnings().contains("class 'none' has no photo"));
  }

  // What cannot be used

  @Test
  void explainsTheLayoutWhereThereAreNotTwoClasses() throws Exception {
    String layout =
        root
            + ": expected at least two folders, one for each class with its photos inside, such as "
            + root.resolve("cats/1.jpg")
            + " and "
            + root.resolve("dogs/2.jpg")
            + "; found ";
    assertEquals(layout + "no folder", error(OPTIONS));

    Path stray = photo("stray.png", 1);
    String passedOver =
        ", and passed over 1, the first "
            + stray
            + ": beside the class folders; a photo belongs into the folder of its class";
    assertEquals(layout + "no folder" + passedOver, error(OPTIONS));

    photo("train/cat/1.png", 1);
    assertEquals(
        layout
            + "only train"
            + passedOver
            + "; if the class folders are inside it, pass "
            + root.resolve("train"),
        error(OPTIONS));
  }

  @Test
  void refusesAClassWithoutPhotos() throws Exception {
    photos(1, "a", "b");
    Path empty = Files.createDirectory(root.resolve("empty"));
    assertEquals(empty + ": no photo in this class folder; add some or remove it", error(OPTIONS));
    Path note = Files.writeString(empty.resolve("note.txt"), "soon");
    assertEquals(
        empty
            + ": no photo in this class folder, and passed over 1, the first "
            + note
            + ": not a photo; add some or remove it",
        error(OPTIONS));
  }

  @Test
  void refusesTwoClassesOfOneName() throws Exception {
    Posix.assumeUnicodeNames();
    photos(1, "caf\u00e9", "cafe\u0301", "b");
    assumeTrue(root.toFile().list().length == 3, "this file system normalises names itself");
    assertEquals(
        root
            + ": two class folders look alike: 'cafe\u0301' (cafe<U+0301>) and 'caf\u00e9'"
            + " (caf<U+00E9>) are one name in Unicode; rename or merge them",
        error(OPTIONS));
  }

  @Test
  void givesDecomposedNamesInComposedForm() throws Exception {
    Posix.assumeUnicodeNames();
    photos(1, "cafe\u0301", "b");
    assertEquals(List.of("b", "caf\u00e9"), LabeledFolder.open(root).classes());
  }

  @Test
  void saysWhenThereIsNoFolder() throws Exception {
    Path missing = root.resolve("missing");
    assertEquals(
        missing + ": no such folder",
        assertThrows(DataException.class, () -> LabeledFolder.open(missing)).getMessage());
    Path file = photo("a.png", 1);
    assertEquals(
        file + ": a file; expected a folder with one folder for each class, or a labels.csv",
        assertThrows(DataException.class, () -> LabeledFolder.open(file)).getMessage());
  }

  @Test
  void namesWhatMayNotBeRead() throws Exception {
    photos(1, "a", "b");
    Path file = root.resolve("a/0.png");
    assumeTrue(file.getFileSystem().supportedFileAttributeViews().contains("posix"), "POSIX only");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "this user may read everything");

    assertEquals(file + ": cannot be read: permission denied", error(OPTIONS));
    photo("a/1.png", 1);
    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withSkipUnreadable(true));
    assertEquals(
        List.of(new Skipped(file, "cannot be read: permission denied")), folder.unreadable());
    assertEquals(List.of(), folder.skipped());
  }

  @Test
  void refusesBinaryLabelsForThreeClasses() throws Exception {
    photos(1, "a", "b", "c");
    LabeledFolder folder = LabeledFolder.open(root);
    BatchOptions binary = BATCHES.withLabelMode(LabelMode.BINARY);
    assertEquals(
        root + ": binary labels need exactly two classes, found 3: [a, b, c]",
        assertThrows(
                IllegalArgumentException.class, () -> folder.batches(folder.photos(), 0, binary))
            .getMessage());
  }

  @Test
  void refusesOptionsThatMakeNoSense() {
    for (double split : new double[] {-0.1, 1, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> OPTIONS.withValidationSplit(split));
    }
    assertThrows(IllegalArgumentException.class, () -> BATCHES.withBatchSize(0));
    assertThrows(IllegalArgumentException.class, () -> OPTIONS.withClasses(List.of("a")));
    assertThrows(
        IllegalArgumentException.class, () -> OPTIONS.withClasses(List.of("\u00e9", "e\u0301")));
  }

  // Links

  @Test
  void followsLinksToFoldersOnlyWhenAsked() throws Exception {
    photos(1, "a", "b");
    photo("../elsewhere/x.png", 99);
    link("c", temp.resolve("elsewhere"));
    link("a/linked folder", temp.resolve("elsewhere"));

    LabeledFolder without = LabeledFolder.open(root);
    assertEquals(List.of("a", "b"), without.classes());
    String reason = "a link to a folder, which --follow-links (in Java: followLinks) would follow";
    assertEquals(Map.of("c", reason, "a/linked folder", reason), skipped(without));

    LabeledFolder with = LabeledFolder.open(root, OPTIONS.withFollowLinks(true));
    assertEquals(Map.of("a", 2, "b", 1, "c", 1), with.countPerClass());
    assertEquals(List.of(), with.skipped());
  }

  @Test
  void readsLinksToPhotosAndReportsLinksToNothing() throws Exception {
    photos(1, "a", "b");
    link("a/link.png", photo("../x.png", 99));
    link("b/broken.png", temp.resolve("nothing"));

    LabeledFolder folder = LabeledFolder.open(root);
    assertEquals(Map.of("a", 2, "b", 1), folder.countPerClass());
    assertEquals(Map.of("b/broken.png", "a link to nothing"), skipped(folder));
  }

  @Test
  void leavesLoopsOfLinks() throws Exception {
    photos(2, "a", "b");
    link("a/again", root.resolve("a"));
    link("a/up", root);
    Files.createDirectory(root.resolve("b/deep"));
    link("b/deep/b", root.resolve("b"));
    link("b/self", root.resolve("b/self"));

    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withFollowLinks(true));

    assertEquals(Map.of("a", 2, "b", 2), folder.countPerClass());
    String loop = "leads to %s again: a loop of links, or a second link to one folder";
    assertEquals(
        Map.of(
            "a/again", loop.formatted(root.resolve("a")),
            "a/up", loop.formatted(root),
            "b/deep/b", loop.formatted(root.resolve("b")),
            "b/self", "a link to nothing"),
        skipped(folder));
  }

  private void link(String name, Path target) throws IOException {
    Posix.link(root.resolve(name), target);
  }

  // The split

  @Test
  void splitsEachClassAboutAsAsked() throws Exception {
    photos(200, "a", "b");
    LabeledFolder folder = LabeledFolder.open(root);

    Set<Path> all = paths(folder.training());
    all.addAll(paths(folder.validation()));
    assertEquals(paths(folder.photos()), all);
    assertEquals(400, folder.training().size() + folder.validation().size());
    for (int label = 0; label < 2; label++) {
      int c = label;
      long n = folder.validation().stream().filter(photo -> photo.label() == c).count();
      // 40 expected with a standard deviation of 5.7; the photos and the seed are always the same.
      assertTrue(n > 22 && n < 58, "class " + c + " has " + n + " of 200 in validation");
    }
    assertEquals(List.of(), folder.warnings());
    assertEquals(0, LabeledFolder.open(root, OPTIONS.withValidationSplit(0)).validation().size());
  }

  @Test
  void movesNoPhotoWhenOthersComeGoOrAreRenamed() throws Exception {
    photos(60, "a", "b");
    Map<String, Boolean> before = sides(LabeledFolder.open(root));

    for (int i = 0; i < 30; i++) {
      photo("a/new " + i + ".png", 0xFF00 + i);
      Files.move(root.resolve("b/" + i + ".png"), root.resolve("b/renamed" + i));
      Files.delete(root.resolve("a/" + i + ".png"));
    }
    photos(3, "a", "b", "c");
    Map<String, Boolean> after = sides(LabeledFolder.open(root));

    assertEquals(60 + 60 - 27 + 30 + 3, after.size());
    before.keySet().retainAll(after.keySet());
    assertEquals(60 + 60 - 27, before.size());
    before.forEach((sha256, validates) -> assertEquals(validates, after.get(sha256)));
  }

  @Test
  void splitsOtherwiseForAnotherSeedAndGrowsWithTheShare() throws Exception {
    photos(60, "a", "b");
    Set<Path> fifth = paths(LabeledFolder.open(root).validation());
    assertNotEquals(fifth, paths(LabeledFolder.open(root, OPTIONS.withSeed(43)).validation()));
    assertTrue(
        paths(LabeledFolder.open(root, OPTIONS.withValidationSplit(0.5)).validation())
            .containsAll(fifth));
  }

  @Test
  void putsEqualFilesOnOneSideAndWarnsOfThoseInTwoClasses() throws Exception {
    photos(40, "a", "b");
    for (int i = 0; i < 40; i++) {
      Files.copy(root.resolve("a/" + i + ".png"), root.resolve("a/copy" + i + ".png"));
    }
    Files.copy(root.resolve("a/0.png"), root.resolve("b/copy.png"));

    LabeledFolder folder = LabeledFolder.open(root);

    Set<String> training =
        folder.training().stream().map(LabeledPhoto::sha256).collect(Collectors.toSet());
    assertFalse(folder.validation().isEmpty());
    assertTrue(folder.validation().stream().noneMatch(p -> training.contains(p.sha256())));
    assertEquals(
        List.of(
            "the same photo is in two classes: "
                + root.resolve("a/0.png")
                + " and "
                + root.resolve("b/copy.png")),
        folder.warnings());
  }

  @Test
  void warnsOfFoldersThatAreRatherSplitsThanClasses() throws Exception {
    photos(40, "train/a", "train/b", "val/a", "val/b");
    assertEquals(
        List.of(
            "the classes are train and val; if these folders hold the class folders, pass one of"
                + " them"),
        LabeledFolder.open(root).warnings());
    assertEquals(List.of("a", "b"), LabeledFolder.open(root.resolve("val")).classes());
  }

  @Test
  void warnsOfAClassThatHasNoneToValidate() throws Exception {
    photos(2, "a", "b");
    Files.delete(root.resolve("a/1.png"));
    List<String> none =
        List.of(
            "class 'a' has 1 photo only, which teaches and never validates; add photos",
            "class 'b' has none of its 2 photos in validation; add photos or take another seed");
    assertEquals(none, LabeledFolder.open(root, OPTIONS.withValidationSplit(1e-12)).warnings());
    assertEquals(
        none.subList(0, 1),
        LabeledFolder.open(root, OPTIONS.withValidationSplit(1 - 1e-12)).warnings());
  }

  @Test
  void leavesEveryClassAPhotoToLearnFrom() throws Exception {
    photos(9, "one", "three", "nine");
    for (int i = 1; i < 9; i++) {
      Files.delete(root.resolve("one/" + i + ".png"));
      Files.deleteIfExists(root.resolve("three/" + (i + 2) + ".png"));
    }
    Files.copy(root.resolve("one/0.png"), root.resolve("one/copy.png"));
    Files.copy(root.resolve("one/0.png"), root.resolve("nine/of another class.png"));
    for (int seed = 0; seed < 20; seed++) {
      for (double split : List.of(0.2, 0.5, 0.999)) {
        LabeledFolder folder =
            LabeledFolder.open(root, OPTIONS.withValidationSplit(split).withSeed(seed));
        Map<Integer, Long> learnt =
            folder.training().stream()
                .collect(Collectors.groupingBy(LabeledPhoto::label, Collectors.counting()));
        assertEquals(Set.of(0, 1, 2), learnt.keySet());
        assertEquals(2, learnt.get(folder.classes().indexOf("one")), "both copies of the only one");
        Set<String> training =
            folder.training().stream().map(LabeledPhoto::sha256).collect(Collectors.toSet());
        assertTrue(folder.validation().stream().noneMatch(p -> training.contains(p.sha256())));
        if (split == 0.999) {
          assertTrue(folder.validation().size() >= 10, "all but one of each class of 3 and 9");
        }
      }
    }
  }

  private static Map<String, Boolean> sides(LabeledFolder folder) {
    Map<String, Boolean> sides = new HashMap<>();
    folder.training().forEach(photo -> sides.put(photo.sha256(), false));
    folder.validation().forEach(photo -> sides.put(photo.sha256(), true));
    return sides;
  }

  @Test
  void hasAFingerprintOfClassesAndBytesAlone() throws Exception {
    photos(3, "a", "b");
    String fingerprint = LabeledFolder.open(root).fingerprint();
    assertTrue(fingerprint.matches("[0-9a-f]{64}"));

    Files.move(root.resolve("a/0.png"), root.resolve("a/z.jpg"));
    Files.writeString(root.resolve("a/note.txt"), "x");
    assertEquals(fingerprint, LabeledFolder.open(root, OPTIONS.withSeed(7)).fingerprint());

    Files.move(root.resolve("a/z.jpg"), root.resolve("b/z.jpg"));
    assertNotEquals(fingerprint, LabeledFolder.open(root).fingerprint());
    Files.move(root.resolve("b/z.jpg"), root.resolve("a/z.jpg"));
    Files.move(root.resolve("b"), root.resolve("c"));
    assertNotEquals(fingerprint, LabeledFolder.open(root).fingerprint());
  }

  // Batches

  @Test
  void givesEveryPhotoOnceInBatches() throws Exception {
    photos(7, "a", "b");
    LabeledFolder folder = LabeledFolder.open(root);
    BatchOptions fours = BATCHES.withBatchSize(4).withTargetSize(6, 5);
    List<Integer> sizes = new ArrayList<>();
    List<LabeledPhoto> seen = new ArrayList<>();
    try (PhotoBatches batches = folder.batches(folder.photos(), 0, fours)) {
      while (batches.hasNext()) {
        PhotoBatch batch = batches.next();
        sizes.add(batch.n());
        seen.addAll(batch.photos());
        assertEquals(6, batch.width());
        assertEquals(5, batch.height());
        assertEquals(batch.n() * 5 * 6 * 3, batch.pixels().length);
        int[] labels = assertInstanceOf(Labels.Sparse.class, batch.labels()).values();
        for (int i = 0; i < batch.n(); i++) {
          LabeledPhoto photo = batch.photos().get(i);
          assertEquals(photo.label(), labels[i]);
          int rgb = ImageIO.read(photo.path().toFile()).getRGB(0, 0);
          int pixel = (i * 30 + 17) * 3;
          assertEquals((byte) (rgb >> 16), batch.pixels()[pixel]);
          assertEquals((byte) (rgb >> 8), batch.pixels()[pixel + 1]);
          assertEquals((byte) rgb, batch.pixels()[pixel + 2]);
        }
      }
    }
    assertEquals(List.of(4, 4, 4, 2), sizes);
    assertEquals(14, seen.size());
    assertEquals(paths(folder.photos()), paths(seen));
  }

  @Test
  void shufflesBySeedAndEpoch() throws Exception {
    photos(20, "a", "b");
    LabeledFolder folder = LabeledFolder.open(root);
    List<LabeledPhoto> first = order(folder, 0);
    assertEquals(first, order(folder, 0));
    assertNotEquals(first, order(folder, 1));
    assertNotEquals(first, folder.photos());
    assertNotEquals(first, order(LabeledFolder.open(root, OPTIONS.withSeed(1)), 0));
    assertEquals(folder.photos(), order(folder, 1, BATCHES.withShuffle(false)));
  }

  private static List<LabeledPhoto> order(LabeledFolder folder, int epoch) {
    return order(folder, epoch, BATCHES);
  }

  private static List<LabeledPhoto> order(LabeledFolder folder, int epoch, BatchOptions options) {
    List<LabeledPhoto> order = new ArrayList<>();
    try (PhotoBatches batches = folder.batches(folder.photos(), epoch, options)) {
      batches.forEachRemaining(batch -> order.addAll(batch.photos()));
    }
    return order;
  }

  @Test
  void givesLabelsInTheFormThatWasAskedFor() throws Exception {
    photos(1, "a", "b");
    BatchOptions options = BATCHES.withShuffle(false);
    assertArrayEquals(
        new int[] {0, 1},
        ((Labels.Sparse) labels(options.withLabelMode(LabelMode.SPARSE))).values());
    assertArrayEquals(
        new float[] {0, 1},
        ((Labels.Binary) labels(options.withLabelMode(LabelMode.BINARY))).values());
    assertArrayEquals(
        new float[][] {{1, 0}, {0, 1}},
        ((Labels.Categorical) labels(options.withLabelMode(LabelMode.CATEGORICAL))).values());
  }

  private Labels labels(BatchOptions options) throws IOException {
    LabeledFolder folder = LabeledFolder.open(root);
    try (PhotoBatches batches = folder.batches(folder.photos(), 0, options)) {
      return batches.next().labels();
    }
  }

  @Test
  void namesAPhotoThatCannotBeReadOrReportsItWhenToldTo() throws Exception {
    photos(2, "a", "b");
    Path broken = root.resolve("b/1.png");
    byte[] bytes = Files.readAllBytes(broken);
    Files.write(broken, Arrays.copyOf(bytes, 30));

    LabeledFolder strict = LabeledFolder.open(root, OPTIONS);
    assertEquals(4, strict.photos().size());
    try (PhotoBatches batches = strict.batches(strict.photos(), 0, BATCHES)) {
      String message = assertThrows(UncheckedIOException.class, batches::next).getMessage();
      assertTrue(message.startsWith(broken + ": "), message);
      assertTrue(message.endsWith("; delete it or set skipUnreadable"), message);
    }

    LabeledFolder lenient = LabeledFolder.open(root, OPTIONS.withSkipUnreadable(true));
    BatchOptions single = BATCHES.withBatchSize(1).withShuffle(false);
    try (PhotoBatches batches = lenient.batches(lenient.photos(), 0, single)) {
      List<LabeledPhoto> read = new ArrayList<>();
      batches.forEachRemaining(batch -> read.addAll(batch.photos()));
      assertEquals(lenient.photos().subList(0, 3), read);
      assertEquals(1, batches.unreadable().size());
      assertEquals(broken, batches.unreadable().get(0).path());
    }
  }

  @Test
  void stopsWhenInterrupted() throws Exception {
    photos(2, "a", "b");
    LabeledFolder folder = LabeledFolder.open(root);
    try (PhotoBatches batches = folder.batches(folder.photos(), 0, BATCHES)) {
      Thread.currentThread().interrupt();
      assertThrows(CancellationException.class, batches::hasNext);
      assertTrue(Thread.interrupted());
    }
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, () -> LabeledFolder.open(root));
    assertTrue(Thread.interrupted());
  }

  @Test
  void changesOnePartOfThePreprocessingAtATime() {
    BatchOptions options =
        BATCHES
            .withInterpolation(Resize.Filter.LANCZOS)
            .withFit(Resize.Fit.CROP)
            .withColorMode(ColorMode.GRAYSCALE)
            .withTargetSize(30, 20);
    assertEquals(
        new Resize(30, 20, Resize.Fit.CROP, Resize.Filter.LANCZOS),
        options.preprocessing().resize());
    assertEquals(ColorMode.GRAYSCALE, options.preprocessing().colorMode());
  }
}
