"""The answer is a package in a folder beside the notebook."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.received import refused
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop


@dataclass(frozen=True, kw_only=True)
class PackageExercise(ServedExercise):
    """``answer``: the path of a package whose ``OVERLAY`` is applied to the shop.

    It is imported again for each check, so the check sees what the learner has just saved.
    """

    def wrong_type(self, answer: Any) -> Refusal | None:
        if not isinstance(answer, str | Path):
            return refused(answer, "the path of your package")
        if not (Path(answer) / "__init__.py").is_file():
            return Refusal(f"{answer} is not a package; expected a folder with an `__init__.py`.")
        return None

    def apply(self, answer: str | Path, shop: Shop) -> Shop:
        overlay = getattr(_imported(Path(answer).resolve()), "OVERLAY", None)
        if not isinstance(overlay, Overlay):
            raise TypeError(
                f"`OVERLAY` in the package {Path(answer).name} is a {type(overlay).__name__}; "
                "expected an Overlay"
            )
        return shop.with_overlay(overlay)


def _imported(folder: Path) -> Any:
    name = folder.name
    for loaded in [n for n in sys.modules if n == name or n.startswith(f"{name}.")]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder.parent))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder.parent))
