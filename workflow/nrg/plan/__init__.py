"""What a run takes, counted and estimated before it starts."""
