"""Geometry of masks: binary ones, windows, cleaning, snapping to edges, matting, simulated prompts."""
