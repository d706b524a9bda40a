/**
 * One stage of learning: examples, targets, losses, and the loop that follows their gradients.
 * Start at {@link dev.graft.fit.NetworkTrainer}. Internal: dev.graft.train.Trainer is the way in.
 */
package dev.graft.fit;
