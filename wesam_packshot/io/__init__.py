"""Photos, masks, prompts and annotations as files."""
