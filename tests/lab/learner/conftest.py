from tests.lab.authoring.conftest import course

__all__ = ["course"]
