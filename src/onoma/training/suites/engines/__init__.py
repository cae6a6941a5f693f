"""Where a suite's runs are trained, each engine in a file of its own."""
