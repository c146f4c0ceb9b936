"""The applications that are compared. Each is served in a separate process."""
