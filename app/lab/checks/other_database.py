"""Whether a learner's code reads the database of the server that it is tried on."""

from sqlalchemy import make_url

from app.course.errors import CourseError
from app.lab.serving.arm import Arm
from app.lab.serving.server import Server


def refuse_other_databases(arm: Arm) -> None:
    """Raises ``CourseError`` if a request had a connection to a database that is not the arm's.

    An engine at the top of a cell is connected to the notebook's copy. A check changes the data of
    its own copy, and would take what such an engine reads for stale.
    """
    if arm.settings is None or not isinstance(arm.host, Server):
        return
    if arm.host.ledger.databases - {make_url(arm.settings.database_url).database}:
        raise CourseError(
            "Your code has opened a connection to another database: each server works on its own "
            "copy of the data. Use the session or the `DatabaseDep` that the endpoint is given, or "
            "create the engine from the settings of the application, "
            "`request.app.state.settings.database_url`."
        )
