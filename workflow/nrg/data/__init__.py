"""Images and labels: read in many layouts, selected, transformed and kept."""
