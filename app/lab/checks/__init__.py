"""Checks: an exercise's answer is tried on live servers, and the evidence is judged."""
