"""Synthetic packshots of known truth: products cut out, changed or drawn, on studio sweeps with light of our own."""
