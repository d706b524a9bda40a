package dev.graft.cli.option;

import dev.graft.device.Device;
import dev.graft.features.FeatureCache;
import dev.graft.train.Trainer;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code train} may use of the machine. */
public final class MachineOptions implements OptionGroup {

  @Mixin private DeviceOptions network;

  @ArgGroup private Place place = new Place();

  private static final class Place {
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
   * Where features are kept.
   *
   * @param maxBytes the size above which the entries unused for longest are deleted
   */
  public record Cache(Path folder, long maxBytes) {}

  /**
   * Where features are kept; empty if nowhere.
   *
   * @throws IllegalArgumentException if its size makes no sense
   */
  public Optional<Cache> cache() {
    long bytes = cacheGib == null ? FeatureCache.USUAL_BYTES : (long) (cacheGib * (1L << 30));
    if (bytes < 1) {
      throw new IllegalArgumentException("expected a cache size above 0, got " + cacheGib);
    }
    Path folder = place.folder == null ? Trainer.usualCache() : place.folder;
    return place.none ? Optional.empty() : Optional.of(new Cache(folder, bytes));
  }
}
