package dev.graft.cli;

import dev.graft.serve.LabelProbability;
import dev.graft.serve.PhotoResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the results of {@code graft classify}, one line each. */
final class ResultWriter {

  private final Appendable out;
  private final ResultFormat format;
  private final int top;
  private int pathWidth;

  /**
   * @param top labels a photo
   */
  ResultWriter(Appendable out, ResultFormat format, int top) {
    this.out = out;
    this.format = format;
    this.top = top;
  }

  /** Writes what stands above the results. */
  void begin(List<Path> photos) {
    if (format == ResultFormat.CSV) {
      List<String> header =
          new ArrayList<>(List.of("path", "status", "label", "probability", "error"));
      for (int k = 2; k <= top; k++) {
        header.add("label_" + k);
        header.add("probability_" + k);
      }
      line(String.join(",", header));
    } else if (format == ResultFormat.TABLE) {
      pathWidth = photos.stream().mapToInt(p -> p.toString().length()).max().orElse(0);
    }
  }

  void write(PhotoResult result) {
    line(
        switch (format) {
          case TABLE -> table(result);
          case CSV -> csv(result);
          case JSONL -> json(result);
        });
  }

  private String table(PhotoResult result) {
    StringBuilder row = new StringBuilder(result.path().toString());
    row.append(" ".repeat(Math.max(0, pathWidth - row.length())));
    if (result instanceof PhotoResult.Classified classified) {
      for (LabelProbability label : classified.prediction().top(top)) {
        row.append("  %s %.3f".formatted(label.label(), label.probability()));
      }
    } else if (result instanceof PhotoResult.Failed failed) {
      row.append("  error: ").append(failed.reason());
    }
    return row.toString();
  }

  private String csv(PhotoResult result) {
    List<String> row = new ArrayList<>();
    row.add(result.path().toString());
    if (result instanceof PhotoResult.Classified classified) {
      List<LabelProbability> labels = classified.prediction().top(top);
      row.add("ok");
      row.add(labels.get(0).label());
      row.add(Float.toString(labels.get(0).probability()));
      row.add("");
      for (LabelProbability label : labels.subList(1, labels.size())) {
        row.add(label.label());
        row.add(Float.toString(label.probability()));
      }
    } else if (result instanceof PhotoResult.Failed failed) {
      row.addAll(List.of("error", "", "", failed.reason()));
      for (int k = 2; k <= top; k++) {
        row.addAll(List.of("", ""));
      }
    }
    return String.join(",", row.stream().map(ResultWriter::quoted).toList());
  }

  /** RFC 4180. */
  private static String quoted(String field) {
    return field.matches("(?s).*[\",\r\n].*") ? '"' + field.replace("\"", "\"\"") + '"' : field;
  }

  private String json(PhotoResult result) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("path", result.path().toString());
    if (result instanceof PhotoResult.Classified classified) {
      row.put("status", "ok");
      row.put(
          "predictions",
          classified.prediction().top(top).stream()
              .map(
                  label -> {
                    Map<String, Object> entry = new LinkedHashMap<>();
                    entry.put("label", label.label());
                    entry.put("probability", label.probability());
                    return entry;
                  })
              .toList());
    } else if (result instanceof PhotoResult.Failed failed) {
      row.put("status", "error");
      row.put("error", failed.reason());
    }
    return Json.line(row);
  }

  private void line(String text) {
    try {
      out.append(text).append('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
