"""Comparing runs: which photos got better, and whether the difference is sure."""
