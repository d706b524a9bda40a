/**
 * Options that commands share, in the groups that {@code --help} shows. Start at {@link
 * dev.graft.cli.option.OptionGroup}.
 */
package dev.graft.cli.option;
