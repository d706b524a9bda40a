package dev.graft.cli.option;

import dev.graft.device.Device;
import dev.graft.features.FeatureCache;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code train} may use of the machine. */
public final class MachineOptions implements OptionGroup {

  @Mixin private DeviceOptions network;

  @ArgGroup private Cache cache = new Cache();

  private static final class Cache {
    @Option(
        names = "--cache",
        paramLabel = "DIR",
        description =
            "Folder where the backbone's features of each photo are kept for the next run"
                + " (default: see 'graft doctor').")
    private Path folder;

    @Option(names = "--no-cache", description = "Keep no features, use none.")
    private boolean none;
  }

  @Option(
      names = "--cache-size",
      paramLabel = "GIB",
      description =
          "Size above which the entries of the cache unused for longest are deleted (default: 4).")
  private Double cacheGib;

  @Override
  public String heading() {
    return "Machine";
  }

  /**
   * Which device runs the network.
   *
   * @throws IllegalArgumentException if there is no such device
   */
  public Device device() {
    return network.device();
  }

  /**
   * How many threads run it, 0 for one a core.
   *
   * @throws IllegalArgumentException if the number makes no sense
   */
  public int threads() {
    return network.threads();
  }

  /**
   * Opens it.
   *
   * @throws IllegalArgumentException if its size makes no sense
   */
  public FeatureCache cache() {
    long bytes = cacheGib == null ? FeatureCache.USUAL_BYTES : (long) (cacheGib * (1L << 30));
    if (bytes < 1) {
      throw new IllegalArgumentException("expected a cache size above 0, got " + cacheGib);
    }
    return cache.none
        ? FeatureCache.none()
        : FeatureCache.in(
            cache.folder == null ? FeatureCache.defaultDirectory() : cache.folder, bytes);
  }
}
