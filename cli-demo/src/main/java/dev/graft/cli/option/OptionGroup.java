package dev.graft.cli.option;

/** A mixin whose options help lists together, under a heading. */
public interface OptionGroup {

  String heading();
}
