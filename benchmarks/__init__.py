"""What the course says of its own instruments, measured."""
