package dev.graft.cli;

/** A mixin whose options help lists together, under a heading. */
interface OptionGroup {

  String heading();
}
