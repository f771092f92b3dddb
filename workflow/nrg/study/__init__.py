"""What to run, as data: suites, attacks, sources, exhibits and the jobs that follow from them."""
