"""The work counters' names for readers."""

LABELS = {
    "statements": "SQL statements",
    "round_trips": "round trips",
    "connections": "connections opened",
    "rows": "rows",
    "sql_bytes": "bytes from PostgreSQL",
    "redis_commands": "Redis commands",
    "redis_round_trips": "Redis round trips",
    "redis_bytes": "bytes from Redis",
    "response_bytes": "bytes of the body",
}
"""By field of ``Work``, in the order in which they are shown."""
