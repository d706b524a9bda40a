/**
 * How good a model is, with how sure one can be of it. Start at {@link
 * dev.graft.evaluate.Evaluation}, or for several labels a photo at {@link
 * dev.graft.evaluate.MultiLabelEvaluation}.
 */
package dev.graft.evaluate;
