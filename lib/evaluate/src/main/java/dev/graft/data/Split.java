package dev.graft.data;

import dev.graft.file.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Photos to learn from and photos to validate on, as {@link LabeledFolder#validation} says. */
record Split(List<LabeledPhoto> training, List<LabeledPhoto> validation) {

  static Split of(List<LabeledPhoto> photos, LabeledFolderOptions options) {
    Map<String, Double> fractions = new HashMap<>();
    for (LabeledPhoto photo : photos) {
      fractions.computeIfAbsent(photo.group(), group -> fraction(group, options.seed()));
    }
    Map<Integer, String> lastToValidate = new HashMap<>();
    for (LabeledPhoto photo : photos) {
      for (int label : photo.labels()) {
        lastToValidate.merge(
            label,
            photo.group(),
            (one, other) -> fractions.get(one) >= fractions.get(other) ? one : other);
      }
    }
    Set<String> learnt = Set.copyOf(lastToValidate.values());
    Map<Boolean, List<LabeledPhoto>> validates =
        photos.stream()
            .collect(
                Collectors.partitioningBy(
                    photo ->
                        fractions.get(photo.group()) < options.validationSplit()
                            && !learnt.contains(photo.group())));
    return new Split(List.copyOf(validates.get(false)), List.copyOf(validates.get(true)));
  }

  /** Where a photo lies between 0 and 1, by its bytes and the seed alone. */
  private static double fraction(String sha256, long seed) {
    MessageDigest digest = Sha256.digest();
    digest.update(HexFormat.of().parseHex(sha256));
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    long first = ByteBuffer.wrap(digest.digest()).getLong();
    return (first >>> 11) * 0x1p-53;
  }
}
