package dev.graft.cli;

import dev.graft.cli.option.OptionGroup;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * How help looks: 80 columns wide, commands before options, these under the headings of their
 * groups.
 */
final class HelpLayout {

  private static final int COLUMNS = 80;

  private HelpLayout() {}

  /** Gives it to a command and all below it. */
  static void applyTo(CommandLine command) {
    command.setUsageHelpWidth(COLUMNS);
    var sections = command.getHelpSectionMap();
    sections.remove(UsageMessageSpec.SECTION_KEY_OPTION_LIST_HEADING);
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpLayout::options);
    command.setHelpSectionMap(sections);
    List<String> order = new ArrayList<>(command.getHelpSectionKeys());
    order.remove(UsageMessageSpec.SECTION_KEY_OPTION_LIST);
    order.add(
        order.indexOf(UsageMessageSpec.SECTION_KEY_COMMAND_LIST) + 1,
        UsageMessageSpec.SECTION_KEY_OPTION_LIST);
    command.setHelpSectionKeys(order);
  }

  /** The command's own options, its groups, and help itself at the end. */
  private static String options(Help help) {
    CommandSpec spec = help.commandSpec();
    List<OptionSpec> own = new ArrayList<>(spec.options());
    List<OptionSpec> standard = own.stream().filter(o -> o.usageHelp() || o.versionHelp()).toList();
    own.removeAll(standard);
    StringBuilder groups = new StringBuilder();
    for (CommandSpec mixin : spec.mixins().values()) {
      if (mixin.userObject() instanceof OptionGroup group) {
        own.removeAll(mixin.options());
        groups.append(section(help, group.heading(), mixin.options()));
      }
    }
    return section(help, "Options", own) + groups + section(help, "Help", standard);
  }

  private static String section(Help help, String heading, List<OptionSpec> options) {
    if (options.isEmpty()) {
      return "";
    }
    Help.Layout layout = help.createDefaultLayout();
    layout.addOptions(options, help.parameterLabelRenderer());
    return "%n%s:%n%s".formatted(heading, layout);
  }
}
