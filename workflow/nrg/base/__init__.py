"""What every other room builds on: files, locks, errors, hashes and devices."""
