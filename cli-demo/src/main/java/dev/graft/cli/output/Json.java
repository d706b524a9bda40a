package dev.graft.cli.output;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.PrintWriter;

/** How the command line writes JSON: nulls are written, so that a key is always there. */
public final class Json {

  private static final GsonBuilder BUILDER =
      new GsonBuilder().disableHtmlEscaping().serializeNulls();
  private static final Gson LINE =
      BUILDER.setFormattingStyle(FormattingStyle.COMPACT.withSpaceAfterSeparators(true)).create();
  private static final Gson DOCUMENT = BUILDER.setFormattingStyle(FormattingStyle.PRETTY).create();

  private Json() {}

  /** What a piece of JSON holds, for writing it again as a part of another. */
  public static JsonElement parse(String json) {
    return JsonParser.parseString(json);
  }

  /** Maps, lists, strings, numbers and nulls on one line. */
  static String line(Object value) {
    return LINE.toJson(value);
  }

  /** The same, indented. */
  public static String document(Object value) {
    return DOCUMENT.toJson(value);
  }

  /** Prints it so. */
  public static void print(PrintWriter out, Object value) {
    out.print(document(value));
    out.println();
  }
}
