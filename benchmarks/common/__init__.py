"""What benchmarks of any subject share."""
