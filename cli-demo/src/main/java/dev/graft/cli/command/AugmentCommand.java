package dev.graft.cli.command;

import dev.graft.augment.Augmentation;
import dev.graft.cli.output.OutputFiles;
import dev.graft.file.AtomicFile;
import dev.graft.file.Sha256;
import dev.graft.photo.PhotoPreprocessing;
import dev.graft.photo.PhotoReader;
import dev.graft.photo.Pixels;
import dev.graft.sheet.ContactSheet;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code graft augment}: shows what an augmentation makes of a photo. */
@Command(
    name = "augment",
    description = {
      "Shows what an augmentation makes of a photo: writes a contact sheet, the photo itself first.",
      "%nAn augmentation is a preset (none, flips, light, standard or strong), or steps separated by"
          + " commas, or both, such as standard,rotation=20. Steps: rotation=DEGREES,"
          + " width-shift=N, height-shift=N (a share below 1, else pixels), shear=DEGREES,"
          + " zoom=RANGE, fill=nearest, fill=reflect, fill=wrap, fill=constant/LEVEL,"
          + " horizontal-flip, vertical-flip, brightness=RANGE, channel-shift=LEVELS,"
          + " random-resized-crop=MIN..MAX, color-jitter=BRIGHTNESS/CONTRAST/SATURATION/HUE. A"
          + " RANGE is MIN..MAX, or D for 1 - D to 1 + D."
    },
    customSynopsis = "graft augment PHOTO -o SHEET.png [OPTION...]",
    footerHeading = "%nExamples:%n",
    footer = {"  graft augment rose.jpg -o sheet.png --augment standard,rotation=20"},
    sortOptions = false)
final class AugmentCommand implements Callable<Integer> {

  private static final int MAX_SIZE = 2048;

  /** Keeps the sheet within some 100 MB of memory. */
  private static final long MAX_PIXELS = 25_000_000;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PHOTO", description = "A photo.")
  private Path photo;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "SHEET.png",
      required = true,
      description = "File that the contact sheet is written to, as PNG.")
  private Path output;

  @Option(names = "--force", description = "Overwrite SHEET.png if it exists.")
  private boolean force;

  @Option(
      names = "--augment",
      paramLabel = "AUGMENTATION",
      defaultValue = "standard",
      description = "See above (default: ${DEFAULT-VALUE}).")
  private String augment;

  @Option(
      names = "--variants",
      paramLabel = "N",
      defaultValue = "11",
      description = "How many variants of the photo are shown (default: ${DEFAULT-VALUE}).")
  private int variants;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description =
          "Decides, together with the photo's content, what is drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      defaultValue = "224",
      description =
          "Width and height to which the photo is stretched first (default: ${DEFAULT-VALUE}).")
  private int size;

  @Option(
      names = "--cell",
      paramLabel = "PIXELS",
      description =
          "Width and height that the sheet shows each of them in, scaled for people to look at"
              + " (default: that of --size, not scaled).")
  private Integer cell;

  @Override
  public Integer call() throws Exception {
    Augmentation augmentation;
    try {
      augmentation = Augmentation.parse(augment);
      checkNumbers();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    try (OutputFiles files = new OutputFiles(spec.commandLine(), force)) {
      files.claim(output, List.of(photo));
      write(augmentation);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println("sheet        " + output);
    out.println("augmentation " + augmentation);
    return 0;
  }

  private void write(Augmentation augmentation) throws Exception {
    Pixels pixels = PhotoReader.create().read(photo, PhotoPreprocessing.stretch(size, size));
    String sha256 = Sha256.of(Files.readAllBytes(photo));
    ContactSheet sheet = new ContactSheet(variants + 1, shown());
    sheet.add(pixels);
    for (int draw = 1; draw <= variants; draw++) {
      sheet.add(augmentation.apply(pixels, Augmentation.seed(seed, sha256, draw)));
    }
    try (AtomicFile file = AtomicFile.create(output)) {
      sheet.writePng(file.out());
      file.commit(force);
    }
  }

  private int shown() {
    return cell == null ? size : cell;
  }

  private void checkNumbers() {
    if (variants < 1) {
      throw new IllegalArgumentException("expected at least 1 variant, got " + variants);
    }
    checkSize("a size", size);
    checkSize("a cell", shown());
    long pixels = (variants + 1L) * shown() * shown();
    if (pixels > MAX_PIXELS) {
      throw new IllegalArgumentException(
          "a sheet of %d photos of %2$dx%2$d pixels is too large; take a smaller --%3$s or fewer"
                  .formatted(variants + 1L, shown(), cell == null ? "size" : "cell")
              + " --variants");
    }
  }

  private static void checkSize(String what, int pixels) {
    if (pixels < 1 || pixels > MAX_SIZE) {
      throw new IllegalArgumentException(
          "expected %s from 1 to %d pixels, got %d".formatted(what, MAX_SIZE, pixels));
    }
  }
}
