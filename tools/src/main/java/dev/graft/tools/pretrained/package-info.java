/** The resources of the pretrained backbones, made from weights: PretrainedBuilder. */
package dev.graft.tools.pretrained;
