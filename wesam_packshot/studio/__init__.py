"""Path-traced packshots with exact truth: products, studios, passes, and the folder that they are rendered into."""
