"""Columns of stored predictions."""

TOP = [f"top{rank}" for rank in range(1, 6)]
PROBABILITIES = ["top1_probability", "true_probability"]
