"""What is measured against each other. Each is served in a process of its own."""
