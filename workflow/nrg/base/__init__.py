"""The ground that every other room stands on: files, locks, errors, hashes and devices."""
