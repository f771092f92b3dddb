"""Images: read from the forms in which people have them, selected, transformed and kept."""
