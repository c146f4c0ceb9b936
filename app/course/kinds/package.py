"""The answer is a package in a folder beside the notebook."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.course.exercise import Refusal
from app.course.kinds.served import ServedExercise
from app.course.overlay import Overlay
from app.course.shop import Shop


@dataclass(frozen=True, kw_only=True)
class PackageExercise(ServedExercise):
    """``answer``: the path of a package, whose ``OVERLAY`` is overlaid onto the shop.

    It is read afresh for each check, so what the learner has just saved is what is tried.
    """

    def wrong_type(self, answer: Any) -> Refusal | None:
        if not isinstance(answer, str | Path):
            kind = type(answer).__name__
            return Refusal(f"The check got a {kind}; it expects the path of your package.")
        if not (Path(answer) / "__init__.py").is_file():
            return Refusal(f"There is no package at {answer}: a folder with an `__init__.py`.")
        return None

    def apply(self, answer: str | Path, shop: Shop) -> Shop:
        overlay = getattr(_imported(Path(answer).resolve()), "OVERLAY", None)
        if not isinstance(overlay, Overlay):
            raise TypeError(
                f"the package {Path(answer).name} has no `OVERLAY` that is an Overlay; it has "
                f"{type(overlay).__name__}"
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
