"""Identifies the seed's output: changes with everything that could change its rows or tables."""

from hashlib import sha256
from pathlib import Path

from app.lab.services.seed.source import DATA_FILE

PACKAGE = Path(__file__).parent
MODELS = PACKAGE.parents[2] / "shop" / "models.py"


def fingerprint() -> str:
    """12 hexadecimal digits: a hash of the data file, this package's source and the models."""
    digest = sha256()
    for path in (DATA_FILE, MODELS, *sorted(PACKAGE.glob("*.py"))):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
