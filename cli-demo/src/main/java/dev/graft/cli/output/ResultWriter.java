package dev.graft.cli.output;

import static java.util.stream.Collectors.joining;

import dev.graft.serve.LabelProbability;
import dev.graft.serve.PhotoResult;
import dev.graft.serve.Prediction;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The lines of {@code graft classify}'s results, one a photo. */
public final class ResultWriter {

  private final ResultFormat format;
  private final Answer answer;
  private final boolean mark;
  private final int pathWidth;

  /**
   * @param mark whether CSV begins with a byte order mark
   * @param answer what is told of a photo
   * @param photos what the results will be of
   */
  public ResultWriter(ResultFormat format, boolean mark, Answer answer, List<Path> photos) {
    this.format = format;
    this.mark = mark;
    this.answer = answer;
    // Of a table alone: a path keeps its text, which is much for many photos.
    this.pathWidth =
        format == ResultFormat.TABLE
            ? photos.stream().mapToInt(ResultWriter::width).max().orElse(0)
            : 0;
  }

  private static int width(Path path) {
    return Output.printable(path.toString()).length();
  }

  /** What is told of a photo that was classified; single-label and multi-label models differ. */
  public sealed interface Answer {

    /** Names of the CSV columns behind path and status. */
    List<String> columns();

    /** The values of the CSV columns, with an empty one as error. */
    List<String> fields(Prediction prediction);

    /** The predictions of JSON. */
    List<Map<String, Object>> objects(Prediction prediction);

    /** The table's cells. */
    List<String> cells(Prediction prediction);

    /** The labels that the photo has, for counting. */
    List<String> labels(Prediction prediction);
  }

  /**
   * The most probable labels.
   *
   * @param top how many, at most the model's number of classes
   */
  public record MostProbable(int top) implements Answer {

    @Override
    public List<String> columns() {
      List<String> columns = new ArrayList<>(List.of("label", "probability", "error"));
      for (int k = 2; k <= top; k++) {
        columns.addAll(List.of("label_" + k, "probability_" + k));
      }
      return columns;
    }

    @Override
    public List<String> fields(Prediction prediction) {
      List<String> fields = new ArrayList<>();
      for (LabelProbability label : prediction.top(top)) {
        fields.add(label.label());
        fields.add(decimals(label.probability()));
      }
      fields.add(2, "");
      return fields;
    }

    @Override
    public List<Map<String, Object>> objects(Prediction prediction) {
      return prediction.top(top).stream().map(ResultWriter::object).toList();
    }

    @Override
    public List<String> cells(Prediction prediction) {
      return prediction.top(top).stream().map(ResultWriter::cell).toList();
    }

    @Override
    public List<String> labels(Prediction prediction) {
      return List.of(prediction.best().label());
    }
  }

  /**
   * The labels that reach their thresholds, or a number of labels and whether they do.
   *
   * @param top how many labels; null for those that reach their thresholds
   * @param threshold of all labels in place of the model's own; null for these
   */
  public record Labels(Integer top, Double threshold) implements Answer {

    /** Between the values in a CSV field; no label has it in its name. */
    private static final String SEPARATOR = ";";

    @Override
    public List<String> columns() {
      return top == null
          ? List.of("labels", "probabilities", "error")
          : List.of("labels", "probabilities", "error", "above_threshold");
    }

    @Override
    public List<String> fields(Prediction prediction) {
      List<LabelProbability> shown = shown(prediction);
      List<LabelProbability> labels = decided(prediction).labels();
      List<String> fields = new ArrayList<>();
      fields.add(joined(shown, LabelProbability::label));
      fields.add(joined(shown, label -> decimals(label.probability())));
      fields.add("");
      if (top != null) {
        fields.add(joined(shown, label -> Boolean.toString(labels.contains(label))));
      }
      return fields;
    }

    private static String joined(
        List<LabelProbability> labels, Function<LabelProbability, String> value) {
      return labels.stream().map(value).collect(joining(SEPARATOR));
    }

    @Override
    public List<Map<String, Object>> objects(Prediction prediction) {
      List<LabelProbability> labels = decided(prediction).labels();
      return shown(prediction).stream()
          .map(
              label -> {
                Map<String, Object> object = object(label);
                if (top != null) {
                  object.put("above_threshold", labels.contains(label));
                }
                return object;
              })
          .toList();
    }

    @Override
    public List<String> cells(Prediction prediction) {
      List<LabelProbability> shown = shown(prediction);
      List<LabelProbability> labels = decided(prediction).labels();
      return shown.isEmpty()
          ? List.of("-")
          : shown.stream()
              .map(label -> cell(label) + (top != null && labels.contains(label) ? "*" : ""))
              .toList();
    }

    @Override
    public List<String> labels(Prediction prediction) {
      return decided(prediction).labels().stream().map(LabelProbability::label).toList();
    }

    private List<LabelProbability> shown(Prediction prediction) {
      return top == null ? decided(prediction).labels() : prediction.top(top);
    }

    private Prediction decided(Prediction prediction) {
      return threshold == null ? prediction : prediction.withThreshold(threshold);
    }
  }

  /** A number that spreadsheets and databases read alike: without an exponent. */
  private static String decimals(float value) {
    String text = Float.toString(value);
    return text.contains("E") ? new BigDecimal(text).stripTrailingZeros().toPlainString() : text;
  }

  private static String cell(LabelProbability label) {
    return "%s %.3f".formatted(label.label(), label.probability());
  }

  private static Map<String, Object> object(LabelProbability label) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("label", label.label());
    object.put("probability", label.probability());
    return object;
  }

  /** What stands above the results, with its line break, or nothing. */
  public String header() {
    return format == ResultFormat.CSV
        ? (mark ? "\ufeff" : "") + "path,status," + String.join(",", answer.columns()) + '\n'
        : "";
  }

  /** A result with its line break. */
  public String line(PhotoResult result) {
    return switch (format) {
          case TABLE -> table(result);
          case CSV -> csv(result);
          case JSONL -> json(result);
        }
        + '\n';
  }

  private String table(PhotoResult result) {
    StringBuilder row = new StringBuilder(Output.printable(result.path().toString()));
    row.append(" ".repeat(pathWidth - row.length()));
    if (result instanceof PhotoResult.Classified classified) {
      answer
          .cells(classified.prediction())
          .forEach(cell -> row.append("  ").append(Output.printable(cell)));
    } else if (result instanceof PhotoResult.Failed failed) {
      row.append("  error: ").append(Output.printable(failed.reason()));
    }
    return row.toString();
  }

  private String csv(PhotoResult result) {
    List<String> row = new ArrayList<>();
    row.add(harmless(result.path()));
    if (result instanceof PhotoResult.Classified classified) {
      row.add("ok");
      row.addAll(answer.fields(classified.prediction()));
    } else if (result instanceof PhotoResult.Failed failed) {
      row.add("error");
      answer.columns().forEach(name -> row.add(name.equals("error") ? failed.reason() : ""));
    }
    return String.join(",", row.stream().map(ResultWriter::quoted).toList());
  }

  /** A spreadsheet would compute a relative path that begins so; this names the same file. */
  private static String harmless(Path path) {
    String text = path.toString();
    return isFormula(text) ? "." + path.getFileSystem().getSeparator() + text : text;
  }

  /** What OWASP's page on CSV injection lists. */
  private static boolean isFormula(String cell) {
    return !cell.isEmpty() && "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20".indexOf(cell.charAt(0)) >= 0;
  }

  /** RFC 4180; with an apostrophe before what a spreadsheet would compute. */
  private static String quoted(String cell) {
    String field = isFormula(cell) ? "'" + cell : cell;
    return field.matches("(?s).*[\",\r\n].*") ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }

  private String json(PhotoResult result) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("path", result.path().toString());
    if (result instanceof PhotoResult.Classified classified) {
      row.put("status", "ok");
      row.put("predictions", answer.objects(classified.prediction()));
    } else if (result instanceof PhotoResult.Failed failed) {
      row.put("status", "error");
      row.put("error", failed.reason());
    }
    return Json.line(row);
  }
}
