"""Segment Anything as a Refiners tree: encoders, decoder, prompts, adapters, weights."""
