"""From stored predictions to numbers: success rates, their intervals, and tests."""
