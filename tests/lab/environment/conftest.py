"""State directories of these tests' own, as the tests of the services have them."""

from tests.lab.services.conftest import empty_home, home, used_home

__all__ = ["empty_home", "home", "used_home"]
