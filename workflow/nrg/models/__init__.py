"""Networks: built, loaded, checked, trained and asked for predictions."""
