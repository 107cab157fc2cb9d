"""The commands: each reads its arguments, makes one call, prints one answer."""
