"""What pages with a person before them share: models that are loaded once, and a photo that is mended by steps."""
