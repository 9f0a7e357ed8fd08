"""Files that are whole or absent: atomic writes, locks, lines of JSON, hashes."""
