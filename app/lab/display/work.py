"""What the work counters are called where people read them."""

LABELS = {
    "statements": "SQL statements",
    "round_trips": "round trips",
    "connections": "connections opened",
    "rows": "rows",
    "sql_bytes": "bytes from PostgreSQL",
    "redis_commands": "Redis commands",
    "response_bytes": "bytes of the body",
}
"""By the names of ``Work``, in the order they are shown."""
