package dev.graft.cli;

import dev.graft.serve.LabelProbability;
import dev.graft.serve.PhotoResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lines of {@code graft classify}'s results, one a photo. */
final class ResultWriter {

  private final ResultFormat format;
  private final int top;
  private final int pathWidth;

  /**
   * @param top labels a photo, at most the model's number of classes
   * @param photos what the results will be of
   */
  ResultWriter(ResultFormat format, int top, List<Path> photos) {
    this.format = format;
    this.top = top;
    this.pathWidth = photos.stream().mapToInt(p -> printable(p).length()).max().orElse(0);
  }

  /** What stands above the results, with its line break, or nothing. */
  String header() {
    if (format != ResultFormat.CSV) {
      return "";
    }
    StringBuilder header = new StringBuilder("path,status,label,probability,error");
    for (int k = 2; k <= top; k++) {
      header.append(",label_").append(k).append(",probability_").append(k);
    }
    return header.append('\n').toString();
  }

  /** A result with its line break. */
  String line(PhotoResult result) {
    return switch (format) {
          case TABLE -> table(result);
          case CSV -> csv(result);
          case JSONL -> json(result);
        }
        + '\n';
  }

  private String table(PhotoResult result) {
    StringBuilder row = new StringBuilder(printable(result.path()));
    row.append(" ".repeat(pathWidth - row.length()));
    if (result instanceof PhotoResult.Classified classified) {
      for (LabelProbability label : classified.prediction().top(top)) {
        row.append("  %s %.3f".formatted(label.label(), label.probability()));
      }
    } else if (result instanceof PhotoResult.Failed failed) {
      row.append("  error: ").append(failed.reason());
    }
    return row.toString();
  }

  /** A line break in a name would end the row. */
  private static String printable(Path path) {
    return path.toString().replaceAll("\\p{Cntrl}", "?");
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
}
