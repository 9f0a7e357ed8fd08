"""Several adaptations, one after the other: a grid of settings."""
