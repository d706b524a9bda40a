package dev.graft.file;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Files and folders that machines leave among photos: thumbnails, waste bins, copies of older
 * versions, notes of the operating system. What is in them looks like photos, and nobody meant it.
 * Known by the name, in whatever case: file systems that do not tell cases apart give back either.
 * A name that a person may give to a class, such as {@code Recycler}, is not among them.
 */
public final class MachineMade {

  private static final List<String> NAMES =
      List.of(
          // Synology
          "@eaDir",
          "@tmp",
          "#recycle",
          "#snapshot",
          ".SynologyWorkingDirectory",
          // QNAP
          "@Recycle",
          "@Recently-Snapshot",
          ".@__thumb",
          ".@upload_cache",
          // other network storage
          "~snapshot",
          ".snapshot",
          ".snapshots",
          ".zfs",
          ".recycle",
          // Windows
          "$RECYCLE.BIN",
          "System Volume Information",
          "Thumbs.db",
          "ehthumbs.db",
          "ehthumbs_vista.db",
          "desktop.ini",
          // macOS
          "__MACOSX",
          ".DS_Store",
          ".AppleDB",
          ".AppleDesktop",
          ".AppleDouble",
          ".DocumentRevisions-V100",
          ".fseventsd",
          ".Spotlight-V100",
          ".TemporaryItems",
          ".Trash",
          ".Trashes",
          "Icon\r",
          // Linux and its desktops
          "lost+found",
          ".directory",
          ".thumbnails",
          // programs for photos
          ".comments",
          ".dtrash",
          ".picasa.ini",
          ".picasaoriginals",
          "Picasa.ini",
          // programs that keep folders alike
          ".dropbox.cache",
          ".stfolder",
          ".stversions",
          ".tmp.drivedownload",
          ".tmp.driveupload");

  private static final Map<String, String> BY_LOWER_CASE =
      NAMES.stream().collect(Collectors.toMap(MachineMade::lowerCase, Function.identity()));

  /** What a Mac keeps of a file beside it, where the file system has no place for it. */
  private static final String APPLE_DOUBLE = "._";

  /** One a user: {@code .Trash-1000}. */
  private static final Pattern TRASH_OF_USER = Pattern.compile("\\.trash-\\d+");

  private MachineMade() {}

  /**
   * The usual spelling of a file's or folder's name, one for all of a kind ({@code ._*}); empty
   * where it may be a person's.
   */
  public static Optional<String> name(Path path) {
    String name = path.getFileName() == null ? "" : lowerCase(path.getFileName().toString());
    if (name.startsWith(APPLE_DOUBLE)) {
      return Optional.of(APPLE_DOUBLE + "*");
    }
    return TRASH_OF_USER.matcher(name).matches()
        ? Optional.of(".Trash-*")
        : Optional.ofNullable(BY_LOWER_CASE.get(name));
  }

  private static String lowerCase(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
