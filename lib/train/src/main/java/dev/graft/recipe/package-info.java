/**
 * What a training is told and what it tells. Start at {@link dev.graft.recipe.Hyperparameters} and
 * {@link dev.graft.recipe.Head}; {@link dev.graft.recipe.Progress} is what it tells on its way.
 */
package dev.graft.recipe;
