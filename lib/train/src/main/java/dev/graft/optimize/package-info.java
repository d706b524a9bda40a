/**
 * How weights follow their gradients: optimisers, schedules of the learning rate. Start at {@link
 * dev.graft.optimize.Optimizer}. Plain numbers: nothing here knows networks.
 */
package dev.graft.optimize;
