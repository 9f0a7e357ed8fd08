"""What a run logs: files in its folder, and Weights & Biases."""
