"""``course bench``: filled in when the load generator is there."""
