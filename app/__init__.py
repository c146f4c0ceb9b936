"""A shop served by FastAPI, and the course that makes it fast."""
