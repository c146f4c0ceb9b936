"""Profiles of a running shop: where the processor's time goes, and where a thread waits."""
