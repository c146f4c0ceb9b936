"""PostgreSQL and Redis: found or started, and shared by all processes of one user."""

from app.lab.services.client import Client, Lease, connect, supervisor_status
from app.lab.services.errors import ServicesError
from app.lab.services.service import Service

__all__ = ["Client", "Lease", "Service", "ServicesError", "connect", "supervisor_status"]
