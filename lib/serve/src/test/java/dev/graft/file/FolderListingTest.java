package dev.graft.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.photo.PhotoReader;
import dev.graft.testing.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Order, links and letters are tested where classes are made of folders too. */
class FolderListingTest {

  @TempDir private Path root;

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private List<String> below(boolean followLinks) {
    return new FolderListing(followLinks)
        .below(root).stream()
            .map(e -> root.relativize(e.path()).toString().replace('\\', '/') + " " + e.kind())
            .toList();
  }

  @Test
  void givesFilesAtAnyDepthInThePlaceOfTheirFolders() throws Exception {
    file("b.jpg");
    file("a/2/x.png");
    file("a/10/x.png");
    file("Z.jpg");
    assertEquals(
        List.of("Z.jpg FILE", "a/10/x.png FILE", "a/2/x.png FILE", "b.jpg FILE"), below(false));
  }

  @Test
  void doesNotLookIntoWhatNobodyPutThere() throws Exception {
    file(".git/x.png");
    file("__MACOSX/x.png");
    file("Thumbs.DB");
    file("photo.jpg");
    assertEquals(
        List.of(".git HIDDEN", "Thumbs.DB MACHINE_MADE", "__MACOSX MACHINE_MADE", "photo.jpg FILE"),
        below(false));
  }

  @Test
  void knowsWhatMachinesLeaveByItsNameInAnyCase() throws Exception {
    List<String> names =
        List.of(
            "@eaDir",
            "@EADIR",
            "#recycle",
            "@Recycle",
            ".@__thumb",
            "$RECYCLE.BIN",
            "$Recycle.Bin",
            "System Volume Information",
            "__MACOSX",
            "lost+found",
            ".dtrash",
            ".picasaoriginals",
            ".thumbnails",
            "Thumbs.db",
            "._1.jpg",
            ".DS_Store",
            ".Trashes",
            ".Trash-1000",
            ".stversions",
            "desktop.ini");
    for (String name : names) {
      Path path = file("in-" + names.indexOf(name) + "/" + name);
      assertEquals(
          List.of(FolderEntry.Kind.MACHINE_MADE),
          new FolderListing(false)
              .entries(path.getParent()).stream().map(FolderEntry::kind).toList(),
          name);
    }
  }

  @Test
  void takesNamesThatAPersonMayGive() throws Exception {
    List<String> names =
        List.of(
            "#hashtags",
            "@home",
            "Icon",
            "Recycler",
            "_1.jpg",
            "lost and found",
            "originals",
            "recycle",
            "thumbnails",
            "trash",
            "~me");
    for (String name : names) {
      file(name);
    }
    assertEquals(names.stream().map(name -> name + " FILE").toList(), below(false));
  }

  @Test
  void looksIntoAFolderThatIsNamedWhateverItsName() throws Exception {
    file("@eaDir/x.jpg");
    root = root.resolve("@eaDir");
    assertEquals(List.of("x.jpg FILE"), below(false));
  }

  @Test
  void reportsLinksThatItDoesNotFollow() throws Exception {
    file("a/x.png");
    Posix.link(root.resolve("again"), root.resolve("a"));
    Posix.link(root.resolve("gone.jpg"), root.resolve("nothing"));
    Posix.link(root.resolve("link.jpg"), root.resolve("a/x.png"));
    List<String> expected =
        List.of("a/x.png FILE", "again PASSED_OVER", "gone.jpg PASSED_OVER", "link.jpg FILE");
    assertEquals(expected, below(false));
    assertEquals(expected, below(true), "the second way to a folder");
  }

  @Test
  void givesAnEntryForAFolderThatIsNotThere() {
    Path none = root.resolve("none");
    assertEquals(
        List.of(
            new FolderEntry(
                none, FolderEntry.Kind.UNREADABLE, "cannot be read: no such file or folder")),
        new FolderListing(false).below(none));
    assertEquals(1, new FolderListing(false).entries(none).size());
  }

  @Test
  void wantsAReasonForWhatIsNotUsedOnly() {
    assertThrows(
        IllegalArgumentException.class, () -> new FolderEntry(root, FolderEntry.Kind.HIDDEN, null));
    assertThrows(
        IllegalArgumentException.class,
        () -> new FolderEntry(root, FolderEntry.Kind.FILE, "because"));
  }

  @Test
  void tellsPhotosFromOtherFilesByTheirFirstBytes() {
    String bmp = "BM" + "\0".repeat(12) + "(\0\0\0";
    for (String photo :
        List.of(
            "\u00ff\u00d8\u00ff\u00e0",
            "\u0089PNG\r\n\u001a\n",
            "GIF89a",
            bmp,
            "II*\0",
            "MM\0*",
            "II+\0",
            "RIFF\1\2\3\4WEBPVP8 ",
            "\0\0\0\030ftypheic",
            "\0\0\0\030ftypmif1",
            "\0\0\0\030ftypavif")) {
      assertTrue(PhotoReader.isPhoto(photo.getBytes(ISO_8859_1)), photo);
    }
    for (String other :
        List.of("", "BMW is a brand of cars", "RIFF\1\2\3\4WAVE", "\0\0\0\030ftypisom", "%PDF")) {
      assertFalse(PhotoReader.isPhoto(other.getBytes(ISO_8859_1)), other);
    }
  }
}
