package dev.graft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.graft.backbone.Backbones;
import dev.graft.data.LabeledFolderOptions;
import dev.graft.device.Device;
import dev.graft.features.FeatureCache;
import dev.graft.model.GraftVersion;
import dev.graft.optimize.Optimizer;
import dev.graft.quantize.Precision;
import dev.graft.recipe.Balance;
import dev.graft.recipe.FineTuning;
import dev.graft.recipe.Head;
import dev.graft.recipe.Hyperparameters;
import dev.graft.serve.ClassifierOptions;
import dev.graft.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Help, version, and what is said of a command line that makes no sense. */
class UsageTest {

  @Test
  void printsTheShortHelpWhereNothingIsAskedFor() {
    Cli.run().is(2, "", Cli.run("--help").out());
  }

  @Test
  void knowsHelpAsACommandToo() {
    Cli.run("help").is(0, Cli.run("--help").out(), "");
    for (String command : commands()) {
      Cli.run("help", command).is(0, Cli.run(command, "--help").out(), "");
    }
    Cli.run("help", "trian")
        .is(
            2,
            "",
            "graft: no command is called 'trian'; did you mean train?\nTry 'graft --help'.\n");
  }

  private static List<String> commands() {
    return Pattern.compile("(?m)^  ([a-z]+) ")
        .matcher(Cli.run("--help").out())
        .results()
        .map(command -> command.group(1))
        .toList();
  }

  @Test
  void fitsEveryHelpIn80Columns() {
    assertTrue(commands().contains("train"), commands().toString());
    List<String> all = new ArrayList<>(List.of(Cli.run("--help").out()));
    commands().forEach(command -> all.add(Cli.run(command, "--help").out()));
    for (String help : all) {
      assertEquals(List.of(), help.lines().filter(line -> line.length() > 80).toList());
    }
  }

  @Test
  void listsTheOptionsOfTrainInGroupsAndShowsExamples() {
    String help = Cli.run("train", "--help").out();
    List<String> headings =
        Pattern.compile("(?m)^([A-Z][a-z ]+):$")
            .matcher(help)
            .results()
            .map(heading -> heading.group(1))
            .toList();
    assertEquals(
        List.of(
            "Data",
            "Model",
            "Learning",
            "Augmentation",
            "Output",
            "Machine",
            "Help",
            "Exit codes",
            "Examples"),
        headings);
    String examples = help.substring(help.indexOf("Examples:"));
    assertEquals(3, examples.lines().filter(line -> line.startsWith("  graft train ")).count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trian | no command is called 'trian'; did you mean train? | graft",
        "class | no command is called 'class'; did you mean classify? | graft",
        "xyzzy | no command is called 'xyzzy'; the known ones are train, augment, classify,"
            + " evaluate, quantize, info, backbones, demo, doctor, help | graft",
        "--verison | no option is called '--verison'; did you mean --version? | graft",
        // What else is missing is an effect of the mistake.
        "train --bogus | no option is called '--bogus' | graft train",
        "train data --outptu=m.onnx | no option is called '--outptu'; did you mean --output?"
            + " | graft train",
        "train data -o m --valid 0.1 | no option is called '--valid'; did you mean --validation?"
            + " | graft train",
        "classify m.onnx --topp 2 | no option is called '--topp'; did you mean --top?"
            + " | graft classify",
        "info -x m.onnx | no option is called '-x' | graft info",
        "info a.onnx b.onnx | Unmatched argument at index 2: 'b.onnx' | graft info",
      })
  void namesTheMistakeAndWhatWasProbablyMeant(String line, String message, String command) {
    Cli.run((Object[]) line.split(" "))
        .is(2, "", "graft: " + message + "\nTry '" + command + " --help'.\n");
  }

  @Test
  void tellsTheNamesOfEveryEnumerationAsTheDocumentsWriteThem() {
    Map<String, String> values =
        Map.of(
            "train d -o m --resize", "stretch, crop or pad",
            "train d -o m --interpolation", "nearest, bilinear, bicubic or lanczos",
            "train d -o m --color-mode", "rgb or grayscale",
            "train d -o m --precision", "fp32, fp16, int8 or auto",
            "train d -o m --class-weights", "balanced",
            "train d -o m --sampling", "balanced",
            "classify m p --format", "table, csv or jsonl",
            "evaluate m d --format", "table or json",
            "quantize m -o s --calibration d --range", "auto, full or reduced");
    values.forEach(
        (line, names) -> {
          String option = line.substring(line.lastIndexOf(' ') + 1);
          Cli wrong = Cli.run((Object[]) (line + " wrong").split(" "));
          assertEquals(
              "graft: Invalid value for option '%s': expected %s, got 'wrong'"
                  .formatted(option, names),
              wrong.err().lines().findFirst().orElse(""));
          assertEquals(2, wrong.code());
        });
  }

  @Test
  void tellsItsVersion() {
    String version = "graft " + GraftVersion.current() + "\n";
    Cli.run("--version").is(0, version, "");
    Cli.run("train", "--version").is(0, version, "");
  }

  @Test
  void documentsTheExitCodesAndCommands() {
    Cli help = Cli.run("--help");
    assertEquals(0, help.code());
    assertEquals("", help.err());
    assertTrue(
        help.out()
            .endsWith(
                """
                Exit codes:
                  0   all done
                  1   failed
                  2   wrong usage
                  3   done, but some inputs failed (each is listed)
                """),
        help.out());
    assertEquals(List.copyOf(Main.commandLine().getSubcommands().keySet()), commands());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void listsEachOptionAndParameterOnce(String command) {
    Cli help = Cli.run(command, "--help");
    assertEquals(0, help.code());
    assertEquals("", help.err());
    assertTrue(help.out().contains("Exit codes:"), help.out());
    CommandSpec spec = Main.commandLine().getSubcommands().get(command).getCommandSpec();
    assertFalse(spec.args().isEmpty());
    String listed = help.out().substring(help.out().indexOf("\n\n"));
    for (ArgSpec arg : spec.args()) {
      String first = arg instanceof OptionSpec option ? option.names()[0] : arg.paramLabel();
      String line = "(?m)^ {2,6}\\[?" + Pattern.quote(first) + "[\\s,=\\]].*";
      assertEquals(
          1, Pattern.compile(line).matcher(listed).results().count(), line + " in " + help.out());
    }
  }

  @Test
  void statesTheDefaultsThatTheRecordsHave() {
    String help = Cli.run("train", "--help").out().replaceAll("\\s+", " ");
    Head.FlattenDense dense = Head.flattenDense();
    Hyperparameters d = dense.defaults();
    Hyperparameters l = Head.linear().defaults();
    assertDefault(help, "--hidden", "" + dense.hidden());
    assertDefault(
        help, "--dropout", number(dense.dropout()) + " / " + number(Head.linear().dropout()));
    assertDefault(help, "--epochs", d.epochs() + " / " + l.epochs());
    assertDefault(help, "--batch-size", d.batchSize() + " / " + l.batchSize());
    assertDefault(help, "--learning-rate", "1e-4 / 1e-3");
    assertEquals(List.of(1e-4f, 1e-3f), List.of(d.learningRate(), l.learningRate()));
    assertDefault(
        help, "--weight-decay", number(d.weightDecay()) + " / " + number(l.weightDecay()));
    for (Hyperparameters same : List.of(d, l)) {
      assertDefault(help, "--optimizer", same.optimizer().name());
      assertDefault(help, "--schedule", same.schedule().toString());
      assertDefault(help, "--warmup-epochs", "" + same.warmupEpochs());
      assertDefault(help, "--label-smoothing", number(same.labelSmoothing()));
      assertDefault(help, "--clip-norm", "no bound");
      assertEquals(Float.POSITIVE_INFINITY, same.clipNorm());
      assertDefault(help, "--early-stopping", "train all epochs, keep the last weights");
      assertEquals(0, same.patience());
      assertEquals(Balance.NONE, same.balance());
    }
    assertDefault(help, "--momentum", number(Optimizer.sgd().momentum()));
    FineTuning fineTuning = FineTuning.from(FineTuning.ALL);
    assertDefault(help, "--fine-tune-epochs", "" + fineTuning.epochs());
    assertDefault(help, "--fine-tune-learning-rate", "1e-4");
    assertEquals(1e-4f, fineTuning.learningRate());
    LabeledFolderOptions data = LabeledFolderOptions.defaults();
    assertDefault(help, "--validation-split", "" + data.validationSplit());
    assertDefault(help, "--seed", "" + data.seed());
    assertDefault(help, "--variants", "" + Trainer.VARIANTS);
    assertDefault(help, "--cache-size", "" + (FeatureCache.USUAL_BYTES >> 30));
    assertTrue(
        help.contains("with --backbone none (default: " + Backbones.UNTRAINED_SIZE + ")"), help);
    assertDefault(help, "--precision", Precision.FP32.toString());
    for (String command : List.of("classify", "evaluate")) {
      assertDefault(
          Cli.run(command, "--help").out().replaceAll("\\s+", " "),
          "--batch-size",
          "" + ClassifierOptions.defaults().batchSize());
    }
  }

  private static String number(float value) {
    return value == 0 ? "0" : Float.toString(value);
  }

  private static void assertDefault(String help, String option, String value) {
    String text = help.substring(help.indexOf(" " + option + "="));
    text = text.substring(0, text.indexOf(')', text.indexOf("(default:")));
    assertTrue(text.endsWith("(default: " + value), option + " " + value + ": " + text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--learning-rate 0 | expected a learning rate above 0, got 0.0",
        "--learning-rate NaN | expected a learning rate above 0, got NaN",
        "--learning-rate x | Invalid value for option '--learning-rate': 'x' is not a float",
        "--epochs 0 | expected at least 1 epoch, got 0",
        "--batch-size 0 | expected a batch size of at least 1, got 0",
        "--weight-decay -1 | expected a weight decay of 0 or more, got -1.0",
        "--dropout 1 | expected a dropout of at least 0 and below 1, got 1.0",
        "--hidden 0 | expected at least 1 hidden unit, got 0",
        "--head linear --hidden 8 | --hidden needs --head flatten-dense",
        "--backbone efficientnet-lite0 --hidden 8 | --hidden needs --head flatten-dense",
        "--head big | no head is called \"big\"; the known ones are flatten-dense, linear",
        "--backbone resnet | no backbone is called \"resnet\"; the known ones are vgg16,"
            + " efficientnet-lite0",
        "--preprocessing cafe | no preprocessing is called \"cafe\"; the known ones are"
            + " keras-caffe, keras-tf, torchvision, efficientnet-lite, rescale, none,"
            + " mean=R/G/B,std=R/G/B,order=rgb",
        "--preprocessing mean=0.5,std=0.5 | preprocessing \"mean=0.5,std=0.5\": each std is a number"
            + " of grey levels (0 to 255), at least 1: multiply means and stds for pixels from 0 to"
            + " 1 by 255",
        "--features x | --features needs --backbone MODEL.onnx",
        "--input-size 96 | --input-size needs --backbone MODEL.onnx or none",
        "--backbone m.onnx --input-size 0 | expected an input size of at least 1, got 0",
        "--validation-split 1 | expected a validation split from 0 up to but not including 1, got"
            + " 1.0",
        "--validation-split 0.1 --validation v | --validation-split=SHARE, --validation=DIR are"
            + " mutually exclusive (specify only one)",
        "--cache c --no-cache | --cache=DIR, --no-cache are mutually exclusive (specify only one)",
        "--cache-size 0 | expected a cache size above 0, got 0.0",
        "--threads -1 | expected threads from 0 to 1024, got -1",
        "--threads 1025 | expected threads from 0 to 1024, got 1025",
        "--metrics ./out.onnx | --output and --metrics are the same file, out.onnx",
        "--metrics out.onnx | --output and --metrics are the same file, out.onnx",
        "--curves out.onnx | --curves and --output are the same file, out.onnx",
        "--metrics out.curves.svg | --curves and --metrics are the same file, out.curves.svg",
        "--curves c.svg --no-curves | --curves=FILE.svg, --no-curves are mutually exclusive (specify"
            + " only one)",
        "--optimizer lion | no optimizer is called \"lion\"; the known ones are adam, adamw, sgd,"
            + " rmsprop",
        "--momentum 0.5 | --momentum needs --optimizer sgd",
        "--optimizer sgd --momentum 1 | expected a momentum of at least 0 and below 1, got 1.0",
        "--learning-rate -1 | expected a learning rate above 0, got -1.0",
        "--learning-rate Infinity | expected a learning rate above 0, got Infinity",
        "--schedule warm | no schedule is called \"warm\"; the known ones are constant, cosine,"
            + " step=EPOCHS/FACTOR and plateau=EPOCHS/FACTOR, such as step=10/0.1",
        "--schedule step=0/2 | expected step=EPOCHS/FACTOR with at least 1 epoch and a factor"
            + " between 0 and 1, got 0 and 2.0",
        "--warmup-epochs 10 | expected at least 0 and fewer than all 10 epochs of warm-up, got 10",
        "--label-smoothing 1 | expected a label smoothing of at least 0 and below 1, got 1.0",
        "--clip-norm 0 | expected a norm to clip at above 0, got 0.0",
        "--early-stopping 0 | expected --early-stopping 1 or more, got 0",
        "--class-weights balanced --sampling balanced | --class-weights=balanced,"
            + " --sampling=balanced are mutually exclusive (specify only one)",
        "--fine-tune block9 | vgg16 has no layers called \"block9\" to fine-tune; expected all, a"
            + " number of layers, or one of block1, block2, block3, block4, block5",
        "--fine-tune 14 | vgg16 has 13 layers with weights, not 14",
        "--fine-tune 0 | expected at least 1 layer to fine-tune, got 0",
        "--fine-tune-epochs 3 | --fine-tune-epochs and --fine-tune-learning-rate need --fine-tune",
        "--fine-tune block5 --fine-tune-epochs 0 | expected at least 1 epoch of fine-tuning, got 0",
        "--fine-tune block5 --fine-tune-learning-rate NaN | expected a learning rate above 0 for"
            + " fine-tuning, got NaN",
        "--backbone none --fine-tune all | fine-tuning is for pretrained backbones; all layers of"
            + " \"none\" learn from the start",
        "--backbone none --input-size 5 | expected photos of at least 18 x 18 pixels, got 5",
        "--variants 2 | --variants needs --augment",
        "--augment flips --variants 0 | expected --variants 1 or more, got 0",
        "--cross-validate 1 | expected --cross-validate 2 or more, got 1",
        "--sed 1 | no option is called '--sed'; did you mean --seed?",
      })
  void refusesToTrainWith(String options, String message) {
    Cli.run((Object[]) ("train no-such-folder -o out.onnx " + options).split(" "))
        .is(2, "", "graft: " + message + "\nTry 'graft train --help'.\n");
  }

  @Test
  void asksForWhatIsMissing() {
    Cli.run("train", "data")
        .is(
            2,
            "",
            "graft: Missing required option: '--output=MODEL.onnx'\nTry 'graft train --help'.\n");
    Cli.run("classify", "model.onnx")
        .is(
            2,
            "",
            "graft: Missing required parameter: 'PATH', or --files-from FILE\nTry 'graft classify --help'.\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"classify", "evaluate"})
  void refusesToRunAModelWithOptionsThatMakeNoSense(String command) {
    String[][] cases = {
      {"--threads", "-1", "expected threads from 0 to 1024, got -1"},
      {"--threads", "1025", "expected threads from 0 to 1024, got 1025"},
      {"--batch-size", "-1", "expected a batch size from 0 to 1024, got -1"},
      {"--device", "tpu", "expected " + Device.SPELLINGS + " as device, got tpu"},
    };
    for (String[] wrong : cases) {
      Cli.run(command, Cli.COLOURS, "photos", wrong[0], wrong[1])
          .is(2, "", "graft: " + wrong[2] + "\nTry 'graft " + command + " --help'.\n");
    }
  }

  @Test
  void refusesTopZero() {
    Cli.run("classify", Cli.COLOURS, "photos", "--top", "0")
        .is(2, "", "graft: expected --top 1 or more, got 0\nTry 'graft classify --help'.\n");
  }
}
