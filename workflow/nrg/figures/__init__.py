"""The pictures of the exhibits."""
