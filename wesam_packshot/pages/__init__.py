"""Report and comparison as HTML pages of one file."""
