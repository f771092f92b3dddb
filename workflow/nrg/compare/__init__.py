"""Two runs side by side, each read from its crate."""
