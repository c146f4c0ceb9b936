from importlib.metadata import version
from pathlib import Path

from app.lab.machine.packages import differences, required


def test_the_lock_file_is_compared_with_the_installed_packages(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        f"fastapi=={version('fastapi')} \\\n    --hash=sha256:00\n"
        "uvicorn==0.0.1 ; python_version >= '3' \\\n    --hash=sha256:00\n"
        "no-such-package-here==1.0\n"
        "not-for-us==1.0 ; sys_platform == 'plan9' \\\n    --hash=sha256:00\n"
    )
    missing, outdated = differences(lock)
    assert missing == ["no-such-package-here"]
    assert outdated == [f"uvicorn {version('uvicorn')} instead of 0.0.1"]


def test_required_packages_are_the_direct_dependencies() -> None:
    assert {"fastapi", "sqlalchemy", "jupyterlab"} <= required()
    assert "pytest" not in required()
