/**
 * Pretrained networks: graphs of features, each with a card that says where they come from and what
 * they expect. Start at {@link dev.graft.backbone.Backbones}.
 */
package dev.graft.backbone;
