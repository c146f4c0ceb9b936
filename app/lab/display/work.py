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

OBJECT_LABELS = {
    "loaded": "ORM objects built",
    "validations": "objects built by validation",
    "constructed": "models built without validation",
    "encoder_calls": "calls of jsonable_encoder",
    "python_dumps": "dumps to Python objects",
    "json_dumps": "dumps to JSON",
}
"""By field of ``Objects``, in the order in which they are shown."""
