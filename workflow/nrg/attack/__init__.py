"""The mathematics of the attacks, and what looks at gradients and decision boundaries directly."""
