"""What a request makes PostgreSQL and Redis do, read off the wire.

The counts come from the bytes that the drivers exchange with the servers, so they hold whatever the
application uses above the driver: ORM, Core, or the driver itself.
"""

from app.lab.wire.barrier import Barrier
from app.lab.wire.ledger import Ledger, Record, Span
from app.lab.wire.middleware import Observed, install_taps
from app.lab.wire.simulation import simulated

__all__ = [
    "Barrier",
    "Ledger",
    "Observed",
    "Record",
    "Span",
    "install_taps",
    "simulated",
]
