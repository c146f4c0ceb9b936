"""Messages between a notebook and a worker process, pickled, over the worker's standard streams."""

import pickle
import struct
import threading
from typing import IO, Any

_LENGTH = struct.Struct(">I")


class Pipe:
    """One end. ``send`` may be called from any thread, ``receive`` from one."""

    def __init__(self, reading: IO[bytes], writing: IO[bytes]) -> None:
        self._reading = reading
        self._writing = writing
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Raises ``OSError`` or ``ValueError`` where the other end is gone."""
        self.send_bytes(pickle.dumps(message))

    def send_bytes(self, pickled: bytes) -> None:
        """Like ``send``, for a message that is pickled already."""
        with self._lock:
            self._writing.write(_LENGTH.pack(len(pickled)) + pickled)
            self._writing.flush()

    def receive(self) -> Any:
        """The next message. Raises ``EOFError`` where the other end is gone."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))

    def _exactly(self, size: int) -> bytes:
        data = self._reading.read(size)
        if len(data) < size:
            raise EOFError
        return data
