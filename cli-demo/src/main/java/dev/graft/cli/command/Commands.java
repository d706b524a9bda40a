package dev.graft.cli.command;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The subcommands, by name and in the order of the help. */
public final class Commands {

  public static final Map<String, Class<?>> ALL;

  static {
    Map<String, Class<?>> all = new LinkedHashMap<>();
    all.put("train", TrainCommand.class);
    all.put("augment", AugmentCommand.class);
    all.put("classify", ClassifyCommand.class);
    all.put("evaluate", EvaluateCommand.class);
    all.put("quantize", QuantizeCommand.class);
    all.put("info", InfoCommand.class);
    all.put("backbones", BackbonesCommand.class);
    all.put("demo", DemoCommand.class);
    all.put("doctor", DoctorCommand.class);
    ALL = Collections.unmodifiableMap(all);
  }

  private Commands() {}
}
