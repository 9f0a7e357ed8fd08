"""The commands: options, configuration, messages and exit codes."""
