package dev.graft.data;

import static dev.graft.data.LabelMode.BINARY;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.model.Task;
import dev.graft.testing.Photos;
import dev.graft.testing.Posix;
import dev.graft.testing.Project;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@link LabeledFolder} of multi-label data: photos and labels as a CSV file names them. */
@Timeout(60)
class LabelsFileTest {

  private static final LabeledFolderOptions OPTIONS = LabeledFolderOptions.defaults();

  @TempDir Path temp;

  private Path root;
  private Path csv;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(temp.resolve("photos"));
    csv = root.resolve("labels.csv");
  }

  /** Writes a PNG of one colour; different colours are different photos. */
  private Path photo(String name, int rgb) throws IOException {
    return Photos.ofOneColor(root.resolve(name), 4, 3, rgb);
  }

  private void labels(String... lines) throws IOException {
    Files.writeString(csv, "path,labels\n" + String.join("\n", lines) + "\n");
  }

  /** Four photos, none of which gives a warning where all validate or none does. */
  private void fourPhotos() throws IOException {
    for (int i = 0; i < 4; i++) {
      photo(i + ".png", i);
    }
    labels("0.png,red;round", "1.png,red", "2.png,round", "3.png,");
  }

  private LabeledFolder open() throws IOException {
    return LabeledFolder.open(root, OPTIONS.withValidationSplit(0));
  }

  private static List<List<Integer>> indices(LabeledFolder folder) {
    return folder.photos().stream().map(LabeledPhoto::labels).toList();
  }

  private void assertError(String message) {
    assertEquals(message, assertThrows(DataException.class, this::open).getMessage());
  }

  private void assertProblem(int line, String problem) {
    assertError(csv + ": line " + line + ": " + problem);
  }

  @Test
  void readsPhotosAndTheirLabelsInTheOrderOfTheLines() throws Exception {
    fourPhotos();
    LabeledFolder folder = open();

    assertEquals(Task.MULTI_LABEL, folder.task());
    assertEquals(List.of("red", "round"), folder.classes());
    assertEquals(
        List.of("0.png", "1.png", "2.png", "3.png"),
        folder.photos().stream().map(p -> p.path().getFileName().toString()).toList());
    assertEquals(List.of(List.of(0, 1), List.of(0), List.of(1), List.of()), indices(folder));
    assertEquals(Map.of("red", 2, "round", 2), folder.countPerClass());
    assertEquals(List.of(), folder.skipped());
    assertEquals(List.of(), folder.unreadable());
    assertEquals(List.of(), folder.warnings());
    assertArrayEquals(new float[] {1, 1}, folder.photos().get(0).multiHot(2));
    assertArrayEquals(new float[] {0, 0}, folder.photos().get(3).multiHot(2));
  }

  @Test
  void knowsMultiLabelDataByTheFile() throws Exception {
    fourPhotos();
    Path other = Files.copy(csv, root.resolve("Tags 2024.CSV"));
    assertEquals(Task.MULTI_LABEL, LabeledFolder.taskOf(root));
    assertEquals(Task.MULTI_LABEL, LabeledFolder.taskOf(other));
    Files.delete(csv);
    assertEquals(Task.SINGLE_LABEL, LabeledFolder.taskOf(root));
    assertEquals(other, LabeledFolder.open(other).root());
    assertEquals(4, LabeledFolder.open(other).photos().size());

    Path none = temp.resolve("none.csv");
    assertEquals(
        none + ": no such file",
        assertThrows(DataException.class, () -> LabeledFolder.open(none)).getMessage());
  }

  @Test
  void opensFoldersHoweverTheirPathIsSpelled() throws Exception {
    fourPhotos();
    photo("unnamed.png", 9);
    Path here = Path.of("").toAbsolutePath();
    Path dotted = root.resolve("..").resolve("photos").resolve(".");
    for (Path path : List.of(here.relativize(root), dotted, dotted.resolve("labels.csv"))) {
      LabeledFolder folder = LabeledFolder.open(path);
      assertEquals(4, folder.photos().size());
      assertEquals(1, folder.skipped().size(), folder.skipped()::toString);
    }
  }

  @Test
  void givesAPhotoItsLabelOnlyWhereItHasExactlyOne() throws Exception {
    fourPhotos();
    List<LabeledPhoto> photos = open().photos();
    assertEquals(0, photos.get(1).label());
    assertEquals(
        photos.get(0).path() + ": expected exactly one label, has 2; these data are multi-label",
        assertThrows(IllegalStateException.class, photos.get(0)::label).getMessage());
    assertThrows(IllegalStateException.class, photos.get(3)::label);
  }

  @Test
  void readsTheHeaderByItsNamesAndPassesOverOtherColumns() throws Exception {
    fourPhotos();
    Files.writeString(
        csv,
        String.join(
            "\r\n",
            "\uFEFFlabels,photographer,path",
            "red,\"Doe, Jane\",0.png",
            "",
            "\"red;round\",,1.png",
            ""));
    assertEquals(List.of(List.of(0), List.of(0, 1)), indices(open()));
  }

  @Test
  void trimsLabelsAndSpellsThemInComposedForm() throws Exception {
    fourPhotos();
    labels("0.png,\" caf\u00e9 ; \u6a31;\"", "1.png,cafe\u0301;caf\u00e9;\uD83C\uDF39", "2.png,;;");
    LabeledFolder folder = open();
    // In UTF-16 the rose, a surrogate pair, would come before the full-width A.
    assertEquals(List.of("caf\u00e9", "\u6a31", "\uD83C\uDF39"), folder.classes());
    assertEquals(List.of(List.of(0, 1), List.of(0, 2), List.of()), indices(folder));
  }

  @Test
  void findsFilesWhoseNamesDifferInUnicodeFormOnly() throws Exception {
    Posix.assumeUnicodeNames();
    Path file = photo("cafe\u0301/1.png", 1);
    photo("2.png", 2);
    labels("caf\u00e9/1.png,a", "2.png,b");
    assertEquals(file, open().photos().get(0).path());
    assertEquals(List.of(), open().skipped());
  }

  @Test
  void takesLabelsInTheGivenOrderAndSaysWhichOnesDoNotCount() throws Exception {
    fourPhotos();
    labels("0.png,red;round", "1.png,red;small", "2.png,round;big", "3.png,big");
    LabeledFolder folder =
        LabeledFolder.open(
            root, OPTIONS.withClasses(List.of("round", "red", "x")).withValidationSplit(0));
    assertEquals(List.of("round", "red", "x"), folder.classes());
    assertEquals(List.of(List.of(0, 1), List.of(1), List.of(0), List.of()), indices(folder));
    assertEquals(
        List.of(
            "labels that are not among the classes [round, red, x] do not count: big, small",
            "label 'x' has no photo"),
        folder.warnings());
  }

  @Test
  void acceptsPhotosWithoutAnyLabelForGivenClasses() throws Exception {
    fourPhotos();
    labels("0.png,", "1.png,");
    LabeledFolderOptions options = OPTIONS.withClasses(List.of("a", "b"));
    assertEquals(List.of(List.of(), List.of()), indices(LabeledFolder.open(root, options)));
    labels("0.png,c", "1.png,d");
    assertEquals(
        csv + ": has none of the labels [a, b]; it has [c, d]",
        assertThrows(DataException.class, () -> LabeledFolder.open(root, options)).getMessage());
  }

  // What breaks a rule

  @Test
  void refusesAFileWithoutHeader() throws Exception {
    Files.writeString(csv, "0.png,red\n");
    String end = "; if this file is not for Graft, move it elsewhere";
    String header = csv + ": expected the header path,labels in the first line, found ";
    assertError(header + "0.png,red" + end);
    Files.writeString(csv, "path;labels\n");
    assertError(header + "path;labels" + end);
    Files.writeString(csv, "");
    assertError(header + "an empty file" + end);
  }

  @Test
  void refusesRowsOfAnotherLength() throws Exception {
    fourPhotos();
    labels("0.png,red", "1.png,red,round");
    assertProblem(
        3,
        "expected 2 fields as in the header, found 3; a field with a comma needs quotes, and labels"
            + " are separated by ;");
    labels("0.png");
    assertProblem(
        2,
        "expected 2 fields as in the header, found 1; a field with a comma needs quotes, and labels"
            + " are separated by ;");
  }

  @Test
  void refusesPathsOutsideOfTheFolder() throws Exception {
    fourPhotos();
    String rule =
        " is outside of the folder of this file; expected a path inside of it, relative to it";
    labels("0.png,red", "../other/0.png,round");
    assertProblem(3, "../other/0.png" + rule);
    labels("a/../../photos/0.png,red");
    assertProblem(2, "a/../../photos/0.png" + rule);
    labels(root.resolve("0.png").toAbsolutePath() + ",red");
    assertProblem(2, root.resolve("0.png").toAbsolutePath() + rule);
    labels(".,red");
    assertProblem(2, "." + rule);
    labels(" ,red");
    assertProblem(2, "no path");
    labels("a\0b.png,red");
    assertProblem(2, "no path of this system: Nul character not allowed: a\0b.png");
  }

  @Test
  void refusesAPhotoThatIsNamedTwice() throws Exception {
    fourPhotos();
    labels("0.png,red", "1.png,round", "./x/../0.png,round");
    assertProblem(4, "0.png stands in line 2 already; merge the two");
  }

  @Test
  void refusesControlCharactersInLabels() throws Exception {
    fourPhotos();
    labels("0.png,\"red\nround\"");
    assertProblem(
        2, "a line break or another control character in a label; labels are separated by ;");
  }

  @Test
  void namesTheFilesThatAreMissing() throws Exception {
    fourPhotos();
    labels("0.png,red", "photos/1.png,round", "2.png,round", "photos/3.png,red");
    assertError(
        csv
            + ": 2 of the 4 files that it names are missing, the first in line 3: "
            + Path.of("photos/1.png")
            + "; paths are relative to the folder of this file");
    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withSkipUnreadable(true));
    assertEquals(2, folder.photos().size());
    assertEquals(
        List.of(
            new Skipped(
                root.resolve("photos/1.png"), "no such file; line 3 of labels.csv names it"),
            new Skipped(
                root.resolve("photos/3.png"), "no such file; line 5 of labels.csv names it")),
        folder.unreadable());
  }

  @Test
  void countsANamedFileThatIsNoPhotoAsFailed() throws Exception {
    fourPhotos();
    Path note = Files.writeString(root.resolve("2.png"), "a note");
    Path empty = Files.createFile(root.resolve("4.png"));
    labels("0.png,red", "1.png,round", "2.png,red", "4.png,round");
    assertError(note + ": not a photo");
    LabeledFolder folder = LabeledFolder.open(root, OPTIONS.withSkipUnreadable(true));
    assertEquals(2, folder.photos().size());
    assertEquals(
        List.of(new Skipped(note, "not a photo"), new Skipped(empty, "empty")),
        folder.unreadable());
  }

  @Test
  void refusesAFileThatTeachesNothing() throws Exception {
    fourPhotos();
    labels("0.png,", "1.png,");
    assertError(csv + ": no photo has a label; expected labels in the column labels");
    labels("0.png,red", "1.png,");
    assertError(
        csv
            + ": expected at least two labels, found only 'red'; for one yes or no use two folders"
            + " of photos instead");
    LabeledFolderOptions options =
        OPTIONS.withClasses(List.of("red", "round")).withSkipUnreadable(true);
    labels();
    assertEquals(
        csv + ": names no photo; expected a line a photo after the header",
        assertThrows(DataException.class, () -> LabeledFolder.open(root, options)).getMessage());
    labels("none.png,red");
    assertEquals(
        csv
            + ": none of the 1 files that it names can be read, the first: "
            + root.resolve("none.png")
            + ": no such file; line 2 of labels.csv names it",
        assertThrows(DataException.class, () -> LabeledFolder.open(root, options)).getMessage());
  }

  // What may be a mistake

  @Test
  void reportsPhotosThatAreNotNamed() throws Exception {
    fourPhotos();
    Path extra = photo("deep/extra.png", 9);
    Files.writeString(root.resolve("README"), "not a photo");
    photo(".hidden.png", 10);
    Path thumbnails = photo("@eaDir/0.png/SYNOPHOTO_THUMB_M.jpg", 11).getParent().getParent();
    assertEquals(
        List.of(
            new Skipped(thumbnails, "made by a machine"),
            new Skipped(extra, "not named in the file of labels")),
        open().skipped());
  }

  @Test
  void reportsALinkedFolderUnlessAPhotoInItIsNamed() throws Exception {
    fourPhotos();
    photo("../elsewhere/5.png", 5);
    Posix.link(root.resolve("link"), temp.resolve("elsewhere"));
    assertEquals(
        List.of(
            new Skipped(
                root.resolve("link"),
                "a link to a folder, which --follow-links (in Java: followLinks) would follow")),
        open().skipped());
    labels("0.png,red;round", "1.png,red", "2.png,round", "3.png,", "link/5.png,red");
    assertEquals(5, open().photos().size());
    assertEquals(List.of(), open().skipped());
  }

  @Test
  void warnsOfALabelThatOccursOnce() throws Exception {
    fourPhotos();
    labels("0.png,red;round", "1.png,red", "2.png,round;rare", "3.png,");
    assertEquals(
        List.of("label 'rare' is on 1 photo only: too few to learn and to measure"),
        open().warnings());
  }

  @Test
  void warnsOfEqualPhotosWithDifferentLabels() throws Exception {
    fourPhotos();
    Files.copy(root.resolve("0.png"), root.resolve("copy.png"));
    Files.copy(root.resolve("1.png"), root.resolve("twin.png"));
    labels("0.png,red;round", "1.png,red", "2.png,round", "copy.png,round", "twin.png,red");
    assertEquals(
        List.of(
            "the same photo has different labels: %s [red, round] and %s [round]"
                .formatted(root.resolve("0.png"), root.resolve("copy.png"))),
        open().warnings());
  }

  // The split

  @Test
  void splitsByContentAndKeepsEqualFilesTogether() throws Exception {
    StringBuilder lines = new StringBuilder("path,labels\n");
    for (int i = 0; i < 200; i++) {
      photo(i + ".png", i);
      lines.append(i).append(".png,").append(i % 2 == 0 ? "even" : "odd").append(";all\n");
      if (i < 50) {
        Files.copy(root.resolve(i + ".png"), root.resolve("copy" + i + ".png"));
        lines.append("copy" + i + ".png,").append(i % 2 == 0 ? "even" : "odd").append(";all\n");
      }
    }
    Files.writeString(csv, lines);
    LabeledFolder folder = LabeledFolder.open(root);

    Set<String> training =
        folder.training().stream().map(LabeledPhoto::sha256).collect(Collectors.toSet());
    assertEquals(250, folder.training().size() + folder.validation().size());
    assertTrue(folder.validation().stream().noneMatch(p -> training.contains(p.sha256())));
    for (int label = 1; label <= 2; label++) {
      int l = label;
      long n = folder.validation().stream().filter(p -> p.labels().contains(l)).count();
      // 25 expected with a standard deviation of some 5; the photos are always the same.
      assertTrue(n > 8 && n < 45, "label " + l + " has " + n + " of 125 in validation");
    }
    assertEquals(List.of(), folder.warnings());
    // The rule is that of class folders: the same photo is on the same side there.
    Path folders = Files.createDirectory(temp.resolve("folders"));
    Files.createDirectory(folders.resolve("a"));
    Files.createDirectory(folders.resolve("b"));
    for (LabeledPhoto photo : folder.validation()) {
      Files.copy(photo.path(), folders.resolve("a").resolve(photo.path().getFileName()));
    }
    Files.copy(folder.training().get(0).path(), folders.resolve("a/one to learn from.png"));
    Files.copy(root.resolve("0.png"), folders.resolve("b/0.png"));
    assertEquals(
        folder.validation().size(),
        LabeledFolder.open(folders).validation().stream().filter(p -> p.label() == 0).count());
  }

  @Test
  void warnsOfALabelThatIsOnOneSideOnly() throws Exception {
    fourPhotos();
    String advice = " of its 2 photos in validation; add photos or take another seed";
    assertEquals(
        List.of("label 'red' has none" + advice, "label 'round' has none" + advice),
        LabeledFolder.open(root, OPTIONS.withValidationSplit(1e-12)).warnings());
  }

  @Test
  void leavesEveryLabelAPhotoToLearnFrom() throws Exception {
    fourPhotos();
    labels("0.png,red;round", "1.png,red", "2.png,round;rare", "3.png,");
    for (int seed = 0; seed < 20; seed++) {
      LabeledFolder folder =
          LabeledFolder.open(root, OPTIONS.withValidationSplit(0.999).withSeed(seed));
      Set<Integer> learnt = new HashSet<>();
      folder.training().forEach(photo -> learnt.addAll(photo.labels()));
      assertEquals(Set.of(0, 1, 2), learnt);
      assertTrue(folder.training().contains(folder.photos().get(2)), "the only rare one");
      assertTrue(folder.validation().contains(folder.photos().get(3)), "which has no label");
    }
  }

  @Test
  void hasAFingerprintOfLabelsAndBytesAlone() throws Exception {
    fourPhotos();
    String fingerprint = open().fingerprint();
    Map<String, String> others = new HashMap<>();
    labels("2.png,round", "3.png,", "1.png,red", "0.png,round;red");
    assertEquals(fingerprint, open().fingerprint());
    Files.move(root.resolve("3.png"), root.resolve("last.png"));
    labels("0.png,red;round", "1.png,red", "2.png,round", "last.png,");
    assertEquals(fingerprint, open().fingerprint());

    labels("0.png,red;round", "1.png,red", "2.png,round");
    others.put("without the photo that has no label", open().fingerprint());
    labels("0.png,red;round", "1.png,red", "2.png,round", "last.png,red");
    others.put("with a label more", open().fingerprint());
    labels("0.png,rot;round", "1.png,rot", "2.png,round", "last.png,");
    others.put("with another name of a label", open().fingerprint());
    others.forEach((what, other) -> assertNotEquals(fingerprint, other, what));
    assertEquals(3, Set.copyOf(others.values()).size());
  }

  @Test
  void givesSeveralOnesARowInBatches() throws Exception {
    fourPhotos();
    LabeledFolder folder = LabeledFolder.open(root);
    BatchOptions unasked = BatchOptions.defaults().withShuffle(false).withLabelMode(BINARY);
    try (PhotoBatches batches = folder.batches(folder.photos(), 0, unasked)) {
      Labels.Categorical labels = (Labels.Categorical) batches.next().labels();
      assertArrayEquals(new float[][] {{1, 1}, {1, 0}, {0, 1}, {0, 0}}, labels.values());
      assertFalse(batches.hasNext());
    }
  }

  /** The table of test-images/README.md. */
  @Test
  void opensTheSampleThatComesWithTheProject() throws Exception {
    LabeledFolder folder = LabeledFolder.open(Project.ROOT.resolve("test-images"));
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("animal", 75);
    counts.put("bird", 35);
    counts.put("flower", 25);
    counts.put("fruit", 24);
    counts.put("horned", 12);
    counts.put("red", 17);
    counts.put("tool", 10);
    counts.put("yellow", 14);
    assertEquals(counts, folder.countPerClass());
    assertEquals(List.copyOf(counts.keySet()), folder.classes());
    assertEquals(149, folder.photos().size());
    assertEquals(11, folder.photos().stream().filter(p -> p.labels().isEmpty()).count());
    assertEquals(List.of(), folder.skipped());
    assertEquals(List.of(), folder.warnings());
  }
}
