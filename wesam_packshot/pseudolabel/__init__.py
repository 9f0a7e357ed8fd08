"""Pseudo-masks of unlabelled packshots, by an anchor SAM and colour priors."""
