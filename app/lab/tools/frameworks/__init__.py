"""The same jobs in five web frameworks, measured against each other.

``measure.compare_frameworks`` does it; ``pydantic_versions.compare_pydantic`` compares Pydantic's
two versions. Nothing is imported here, so that the servers' watchdogs start quickly.
"""
