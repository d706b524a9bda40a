package dev.graft.cli.option;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of an enumeration as the documents write them: in lower case, with dashes. */
public final class EnumConverter<E extends Enum<E>> implements ITypeConverter<E> {

  private final Class<E> type;

  private EnumConverter(Class<E> type) {
    this.type = type;
  }

  /** Registers one for every enumeration among the options of a command's subcommands. */
  public static void registerIn(CommandLine command) {
    for (CommandLine subcommand : command.getSubcommands().values()) {
      for (ArgSpec arg : subcommand.getCommandSpec().args()) {
        if (arg.type().isEnum()) {
          register(subcommand, arg.type());
        }
      }
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the type is known at run time only
  private static void register(CommandLine command, Class<?> type) {
    command.registerConverter((Class) type, new EnumConverter(type));
  }

  @Override
  public E convert(String value) {
    for (E constant : type.getEnumConstants()) {
      if (name(constant).equals(value.toLowerCase(Locale.ROOT))) {
        return constant;
      }
    }
    throw new TypeConversionException("expected %s, got '%s'".formatted(names(), value));
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private String names() {
    List<String> names = Arrays.stream(type.getEnumConstants()).map(EnumConverter::name).toList();
    int last = names.size() - 1;
    return last == 0
        ? names.get(0)
        : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
  }
}
