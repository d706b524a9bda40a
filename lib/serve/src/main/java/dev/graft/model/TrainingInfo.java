package dev.graft.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How a model was made. Holds no time stamp: the same training gives the same file.
 *
 * @param head the kind of head, as {@code --head} spells it
 * @param hyperParameters names and values in the order in which they are shown
 * @param train null where it was not measured; so are the others
 */
public record TrainingInfo(
    String graftVersion,
    String djlVersion,
    String onnxRuntimeVersion,
    long seed,
    String head,
    Map<String, String> hyperParameters,
    DataInfo data,
    SplitMetrics train,
    SplitMetrics validation,
    SplitMetrics test) {

  public TrainingInfo {
    Objects.requireNonNull(graftVersion, "graftVersion");
    Objects.requireNonNull(djlVersion, "djlVersion");
    Objects.requireNonNull(onnxRuntimeVersion, "onnxRuntimeVersion");
    Objects.requireNonNull(head, "head");
    Objects.requireNonNull(data, "data");
    hyperParameters = Collections.unmodifiableMap(new LinkedHashMap<>(hyperParameters));
  }
}
