package dev.graft.data;

import dev.graft.file.Sha256;
import dev.graft.model.Task;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A hash of labelled photos, as {@link LabeledFolder#fingerprint} says. */
final class Fingerprint {

  private Fingerprint() {}

  static String of(FoundPhotos found) {
    MessageDigest digest = Sha256.digest();
    (found.task() == Task.MULTI_LABEL ? byPhoto(found) : byClass(found))
        .forEach(part -> digest.update(part.getBytes(StandardCharsets.UTF_8)));
    return Sha256.hex(digest.digest());
  }

  private static List<String> byClass(FoundPhotos found) {
    Map<String, List<String>> byClass = new TreeMap<>();
    found.classes().forEach(name -> byClass.put(name, new ArrayList<>()));
    for (LabeledPhoto photo : found.photos()) {
      byClass.get(found.classes().get(photo.label())).add(photo.sha256());
    }
    List<String> parts = new ArrayList<>();
    byClass.forEach(
        (name, checksums) -> {
          // A name holds no '/' and a checksum no other character than a digit: nothing is mixed
          // up.
          parts.add(name + "/");
          checksums.stream().sorted().forEach(checksum -> parts.add(checksum + "\n"));
        });
    return parts;
  }

  /** A label holds no control character, so a tab or the end of a line is no part of one. */
  private static List<String> byPhoto(FoundPhotos found) {
    List<String> parts = new ArrayList<>();
    found.classes().stream().sorted().forEach(name -> parts.add("\t" + name + "\n"));
    found.photos().stream()
        .map(
            photo ->
                photo.sha256()
                    + found.names(photo).stream()
                        .sorted()
                        .map("\t"::concat)
                        .collect(Collectors.joining())
                    + "\n")
        .sorted()
        .forEach(parts::add);
    return parts;
  }
}
