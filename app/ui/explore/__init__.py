"""The latent explorer: what draws the generated exam, and the panels that move through it."""
