package dev.graft.model;

import dev.graft.file.Sha256;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The photos a model learnt from.
 *
 * @param fingerprint SHA-256 over the class names and the photos' bytes, lower-case hexadecimal:
 *     equal for equal photos, whatever their file names
 * @param countPerClass how many photos each class had, training and validation together, in the
 *     order of the classes
 */
public record DataInfo(String fingerprint, Map<String, Integer> countPerClass) {

  public DataInfo {
    Sha256.require(fingerprint, "fingerprint");
    countPerClass = Collections.unmodifiableMap(new LinkedHashMap<>(countPerClass));
  }
}
