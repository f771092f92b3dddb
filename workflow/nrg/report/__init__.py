"""The HTML report, and the results as an RO-Crate."""
