"""The mathematics of the attacks, and direct looks at gradients and decision boundaries."""
