/**
 * How good a model is, with how sure one can be of it. Start at {@link
 * dev.graft.evaluate.Evaluator}.
 */
package dev.graft.evaluate;
