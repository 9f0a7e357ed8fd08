"""The adaptation of SAM to a folder of photos: teacher, student and anchor."""
