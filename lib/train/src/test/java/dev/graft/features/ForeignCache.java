package dev.graft.features;

import java.nio.file.Path;
import java.util.Arrays;

/** A process of another user, who may read a cache but not write it. */
final class ForeignCache {

  private ForeignCache() {}

  public static void main(String[] args) {
    try (FeatureCache cache = FeatureCache.in(Path.of(args[0]))) {
      float[] read = cache.get(FeatureCache.key("theirs"), 4).orElseThrow();
      System.out.println("read " + Arrays.toString(read));
      cache.put(FeatureCache.key("mine"), read);
      cache.put(FeatureCache.key("mine too"), read);
      System.out.println(cache.problem().orElseThrow());
    }
  }
}
