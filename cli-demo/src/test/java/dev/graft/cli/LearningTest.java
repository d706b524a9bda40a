package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.graft.backbone.Backbone;
import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolder;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How {@code train} learns, with the small network of {@code --backbone none} where that does. */
class LearningTest {

  private static final int SIZE = 18;

  @TempDir private static Path shared;
  private static JsonObject usual;

  @TempDir private Path temp;
  private Path data = shared.resolve("photos");
  private Path out;
  private Path model;
  private Path metrics;

  @BeforeAll
  static void takePhotosAndTrainAsUsual() throws IOException {
    LearningTest test = new LearningTest();
    Cli.samples(test.data, 6, "birds");
    Cli.samples(test.data, 10, "fruit");
    test.temp = shared;
    test.makeFolders();
    Cli trained = test.trainSmall("--epochs", 3);
    assertEquals(0, trained.code(), trained.err());
    usual = test.metrics();
  }

  @BeforeEach
  void makeFolders() throws IOException {
    out = Files.createDirectory(temp.resolve("out"));
    model = out.resolve("m.onnx");
    metrics = temp.resolve("metrics.json");
  }

  private Cli train(Object... options) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("train", data, "-o", model, "--no-cache", "--metrics", metrics));
    args.add("--no-curves");
    args.addAll(List.of(options));
    return Cli.run(args.toArray());
  }

  /** A split that has photos of both classes on both sides. */
  private Cli trainSmall(Object... options) {
    List<Object> args = new ArrayList<>();
    args.addAll(List.of("--backbone", "none", "--input-size", SIZE, "--hidden", 8));
    args.addAll(List.of("--validation-split", 0.4, "--batch-size", 4, "--force"));
    args.addAll(List.of(options));
    return train(args.toArray());
  }

  private JsonObject metrics() throws IOException {
    return JsonParser.parseString(Files.readString(metrics)).getAsJsonObject();
  }

  private static double loss(JsonObject of, String split) {
    return of.getAsJsonObject(split).get("loss").getAsDouble();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--optimizer adamw --weight-decay 0.5 | optimizer adamw, weight_decay 0.5",
        "--optimizer sgd --momentum 0.5 --learning-rate 0.01 | optimizer sgd, momentum 0.5",
        "--optimizer rmsprop | optimizer rmsprop, schedule constant",
        "--schedule cosine --warmup-epochs 1 | schedule cosine, warmup_epochs 1",
        "--schedule step=1/0.5 | schedule step=1/0.5",
        "--schedule plateau=1/0.5 --learning-rate 0.5 | schedule plateau=1/0.5",
        "--label-smoothing 0.25 | label_smoothing 0.25",
        "--clip-norm 0.5 | clip_norm 0.5",
        "--class-weights balanced | balance class_weights",
        "--sampling balanced | balance sampling",
        "--augment flips | augmentation horizontal-flip=0.5",
        "--dropout 0.25 --seed 7 | dropout 0.25",
      })
  void learnsOtherwiseWith(String options, String shown) throws Exception {
    Cli trained = trainSmall((Object[]) ("--epochs 3 " + options).split(" "));

    assertEquals(0, trained.code(), trained.err());
    assertEquals(3, metrics().getAsJsonArray("epochs").size());
    assertNotEquals(loss(usual, "train"), loss(metrics(), "train"));
    String info = Cli.run("info", model).out();
    for (String line : shown.split(", ", -1)) {
      String[] parts = line.split(" ", -1);
      assertTrue(
          info.contains("  %-13s %s%n".formatted(parts[0], parts[1])),
          line + " is missing in " + info);
    }
  }

  @Test
  void givesTheSameFileForTheSameSeedAndAnotherForAnother() throws Exception {
    Object[] options = {"--epochs", 2, "--augment", "strong", "--dropout", 0.5};
    assertEquals(0, trainSmall(options).code());
    byte[] first = Files.readAllBytes(model);
    assertEquals(0, trainSmall(options).code());
    assertArrayEquals(first, Files.readAllBytes(model));
    Object[] other = Arrays.copyOf(options, options.length + 2);
    other[options.length] = "--seed";
    other[options.length + 1] = 43;
    assertEquals(0, trainSmall(other).code());
    assertFalse(Arrays.equals(first, Files.readAllBytes(model)));
  }

  @Test
  void stopsEarlyWithTheWeightsOfTheBestEpoch() throws Exception {
    Cli trained = trainSmall("--epochs", 500, "--early-stopping", 3, "--learning-rate", 0.003);
    assertEquals(0, trained.code(), trained.err());
    JsonArray epochs = metrics().getAsJsonArray("epochs");
    assertTrue(epochs.size() < 500, epochs.size() + " epochs");
    List<Double> losses =
        StreamSupport.stream(epochs.spliterator(), false)
            .map(epoch -> loss(epoch.getAsJsonObject(), "validation"))
            .toList();
    double best = losses.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    assertEquals(losses.size() - 4, losses.indexOf(best));
    assertEquals(best, loss(metrics(), "validation"), 1e-5); // float order: it is measured again
    assertTrue(Cli.run("info", model).out().contains("  patience      3\n"));
  }

  @Test
  void crossValidates() throws Exception {
    Cli trained =
        train("--backbone", "none", "--input-size", SIZE, "--epochs", 2, "--cross-validate", 3);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained
            .out()
            .matches(
                "(?s).*\ncross-valid\\. accuracy \\d\\.\\d{3}, standard deviation \\d\\.\\d{3} over"
                    + " 3 folds, loss \\d+\\.\\d{4}, n 16\n.*"),
        trained.out());
    assertTrue(trained.err().contains("\nfold 2/3\nepoch 1/2, loss "), trained.err());
    JsonObject all = metrics();
    assertTrue(all.get("validation").isJsonNull());
    assertEquals(16, all.getAsJsonObject("train").get("n").getAsInt());
    JsonObject found = all.getAsJsonObject("cross_validation");
    assertEquals("[accuracy_mean, accuracy_sd, loss_mean, folds]", found.keySet().toString());
    double sum = 0;
    int n = 0;
    for (JsonElement fold : found.getAsJsonArray("folds")) {
      sum += fold.getAsJsonObject().get("accuracy").getAsDouble();
      n += fold.getAsJsonObject().get("n").getAsInt();
    }
    assertEquals(16, n);
    assertEquals(sum / 3, found.get("accuracy_mean").getAsDouble(), 1e-9);
  }

  @Test
  void learnsSeveralLabels() throws Exception {
    data = temp.resolve("labelled");
    Cli.samples(data.resolve("photos"), 6, "birds", "flowers", "fruit", "mammals");
    List<String> lines = Files.readAllLines(Cli.ROOT.resolve("test-images/labels.csv"));
    List<String> kept = new ArrayList<>(List.of("path,labels"));
    lines.stream()
        .filter(line -> Files.exists(data.resolve(line.replaceFirst(",.*", ""))))
        .forEach(line -> kept.add(line.replaceAll(";(red|yellow|horned)", "")));
    Files.write(data.resolve("labels.csv"), kept);

    Cli trained = train("--backbone", "efficientnet-lite0", "--epochs", 15, "--cross-validate", 2);

    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.err().contains(", mAP "), trained.err());
    String score = " mean average precision \\d\\.\\d{3}, exactly right \\d\\.\\d{3}";
    assertTrue(trained.out().matches("(?s).*\ntrain       " + score + ", loss .*"), trained.out());
    assertTrue(
        trained.out().matches("(?s).*\ncross-valid\\." + score + ", standard deviation .*"),
        trained.out());
    JsonObject all = metrics();
    assertTrue(
        all.getAsJsonObject("train").get("mean_average_precision").getAsDouble() > 0.9,
        all::toString);
    assertTrue(
        all.getAsJsonObject("cross_validation").has("mean_average_precision_mean"), all::toString);

    Cli info = Cli.run("info", model);
    assertTrue(
        info.out()
            .matches(
                "(?s).*\ntask            multi-label\nclasses         4: animal, bird, flower,"
                    + " fruit\nthresholds      animal 0\\.500, .*"),
        info.out());
    JsonObject judged =
        JsonParser.parseString(Cli.run("evaluate", model, data, "--format", "json").out())
            .getAsJsonObject();
    assertEquals(
        all.getAsJsonObject("train").get("mean_average_precision").getAsDouble(),
        judged.get("mean_average_precision").getAsDouble(),
        1e-3); // the order of two photos whose logits hardly differ
    Cli classified = Cli.run("classify", model, data, "--format", "csv");
    assertEquals(0, classified.code(), classified.err());
    assertTrue(classified.out().startsWith("path,status,labels,probabilities,error\n"));
    assertEquals(25, classified.out().lines().count());

    model = out.resolve("2.onnx");
    metrics = temp.resolve("2.json");
    String one =
        "graft: class weights and balanced sampling are for photos of one class each; these have"
            + " several labels\n";
    Cli weights = train("--backbone", "none", "--class-weights", "balanced");
    assertEquals(1, weights.code());
    assertTrue(weights.err().endsWith(one), weights.err());
    assertEquals(List.of("m.onnx"), Cli.files(out));
  }

  @Test
  void choosesThresholdsOnValidationPhotos() throws Exception {
    for (int level = 0; level < 12; level++) {
      Cli.photo(temp.resolve("labelled/r%d.png".formatted(level)), (150 + 8 * level) << 16);
      Cli.photo(temp.resolve("labelled/b%d.png".formatted(level)), 150 + 8 * level);
    }
    data = temp.resolve("labelled");
    List<String> lines = new ArrayList<>(List.of("path,labels"));
    for (int level = 0; level < 12; level++) {
      lines.add("r%d.png,red".formatted(level));
      lines.add("b%d.png,blue".formatted(level));
    }
    Files.write(data.resolve("labels.csv"), lines);
    Cli trained = trainSmall("--epochs", 3);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(trained.out().contains("\nvalidation   mean average precision "), trained.out());
    String info = Cli.run("info", model, "--format", "json").out();
    JsonArray thresholds =
        JsonParser.parseString(info).getAsJsonObject().getAsJsonArray("thresholds");
    assertEquals(2, thresholds.size());
    assertFalse(thresholds.toString().equals("[0.5,0.5]"), info);
  }

  @Test
  void saysWhatDataCannotGive() throws Exception {
    String watch =
        Cli.taken(data, 2, 16)
            + "graft: early stopping and the schedule plateau watch the loss of validation photos,"
            + " and there are none; keep some with a validation split, or name a folder of them\n";
    train("--validation-split", 0, "--early-stopping", 2).is(1, "", watch);
    train("--validation-split", 0, "--schedule", "plateau=2/0.5").is(1, "", watch);
    train("--cross-validate", 3, "--early-stopping", 2)
        .is(
            1,
            "",
            Cli.taken(data, 2, 16)
                + "graft: cross-validation judges by photos that decide nothing: it goes with"
                + " neither early stopping nor the schedule plateau\n");
    train("--cross-validate", 7)
        .is(
            1,
            "",
            Cli.taken(data, 2, 16)
                + "graft: class birds: 6 different photos are too few for 7 folds; add photos or"
                + " take fewer folds\n");
    assertEquals(List.of(), Cli.files(out));
    assertFalse(Files.exists(metrics));
  }

  @Test
  void endsWhenTheLossIsNoNumberAnyMore() throws Exception {
    Cli failed = trainSmall("--optimizer", "sgd", "--learning-rate", "1e20", "--epochs", 9);
    assertEquals(1, failed.code());
    assertTrue(failed.err().contains("graft: the "), failed.err());
    assertTrue(failed.err().contains("use a lower learning rate"), failed.err());
    assertEquals(List.of(), Cli.files(out));
    assertFalse(Files.exists(metrics));
  }

  @Test
  void saysLoudlyThatItHasLearntNothing() throws Exception {
    Cli trained = trainSmall("--optimizer", "sgd", "--learning-rate", "1e6", "--clip-norm", 1);
    assertEquals(0, trained.code(), trained.err());
    assertTrue(
        trained
            .err()
            .contains(
                "graft: WARNING: this model is no better than one that always answers 'fruit', by"
                    + " accuracy ("),
        trained.err());
    JsonObject baseline = metrics().getAsJsonObject("baseline");
    assertEquals("fruit", baseline.get("label").getAsString());
    assertFalse(baseline.get("beaten").getAsBoolean());
    assertEquals(0.6, baseline.get("train").getAsDouble(), 0.2);
    assertTrue(baseline.get("test").isJsonNull());
  }

  @Test
  void resumesOnlyItsOwnTraining() throws Exception {
    Path checkpoint = out.resolve("m.onnx.checkpoint");
    Object[] same = {"--epochs", 2, "--resume"};
    Cli began = trainSmall(same);
    assertEquals(0, began.code(), began.err());
    assertTrue(
        began
            .err()
            .startsWith("graft: " + checkpoint + ": no checkpoint to go on from; training begins"),
        began.err());
    assertEquals(List.of("m.onnx"), Cli.files(out));
    Files.delete(model);

    leaveACheckpoint(checkpoint);
    byte[] kept = Files.readAllBytes(checkpoint);
    String end = " now); train as then, or start without --resume\n";
    trainSmall("--epochs", 3, "--resume")
        .is(
            1,
            "",
            Cli.taken(data, 2, 16)
                + "graft: %s: a checkpoint of another training (epochs: 2 then, 3%s"
                    .formatted(checkpoint, end));
    Cli photos =
        train(
            "--backbone",
            "none",
            "--input-size",
            SIZE,
            "--validation",
            data,
            "--allow-overlap",
            "--resume",
            "--force");
    assertTrue(
        photos
            .err()
            .matches(
                "(?s).*\ngraft: \\Q%s\\E: a checkpoint of another training \\(training photos: 10 of"
                        .formatted(checkpoint)
                    + " fingerprint \\w{16} then, 16 of fingerprint \\w{16}\\Q"
                    + end),
        photos.err());

    Files.write(checkpoint, Arrays.copyOf(kept, kept.length - 9));
    Cli cut = trainSmall(same);
    assertEquals(1, cut.code());
    assertTrue(
        cut.err().matches("(?s).*\ngraft: \\Q" + checkpoint + "\\E: .*; start without --resume\n"),
        cut.err());
    assertEquals(List.of("m.onnx.checkpoint"), Cli.files(out));

    Files.write(checkpoint, kept);
    Cli resumed = trainSmall(same);
    assertEquals(0, resumed.code(), resumed.err());
    assertFalse(resumed.err().contains("epoch 1/"), resumed.err());
    byte[] whole = Files.readAllBytes(model);
    assertEquals(List.of("m.onnx"), Cli.files(out));
    Files.write(checkpoint, kept);
    Cli again = trainSmall("--epochs", 2);
    assertTrue(
        again
            .err()
            .startsWith(
                "graft: %s: a run was stopped here; this one begins again (--resume would go on)\n"
                    .formatted(checkpoint)),
        again.err());
    assertTrue(again.err().contains("epoch 1/2"), again.err());
    assertArrayEquals(whole, Files.readAllBytes(model));
  }

  /** As a run of {@link #trainSmall} that is stopped at its end leaves it. */
  private void leaveACheckpoint(Path file) throws IOException {
    LabeledFolderOptions options = LabeledFolderOptions.defaults().withValidationSplit(0.4);
    Head head = Head.flattenDense(8, 0);
    Backbone backbone = Backbones.untrained(SIZE, 42);
    Trainer.on(LabeledFolder.open(data, options))
        .backbone(backbone)
        .head(head)
        .hyperparameters(Hyperparameters.suitedTo(backbone, head).withEpochs(2).withBatchSize(4))
        .checkpoint(file)
        .train();
  }
}
