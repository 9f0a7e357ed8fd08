"""Scores against true masks: IoU, Boundary IoU, and what is kept of shadows and reflections."""
