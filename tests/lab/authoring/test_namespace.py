import inspect
import pickle
import sys

import pytest

from app.lab.authoring.namespace import Namespace


async def test_cells_share_names_and_may_await() -> None:
    namespace = Namespace()
    await namespace.run("import asyncio\nx = await asyncio.sleep(0, 20)")
    await namespace.run("y = x + 1")
    assert namespace.values["y"] == 21


async def test_the_source_of_a_function_is_found() -> None:
    namespace = Namespace()
    await namespace.run("def first():\n    return 1\n")
    await namespace.run("def second():\n    return 2\n")
    assert inspect.getsource(namespace.values["first"]) == "def first():\n    return 1\n"
    assert inspect.getsource(namespace.values["second"]) == "def second():\n    return 2\n"


async def test_names_are_looked_up_in_main() -> None:
    namespace = Namespace()
    main = sys.modules["__main__"]
    with namespace.as_main():
        await namespace.run("class Order:\n    pass\n\norder = Order()")
        kept = pickle.loads(pickle.dumps(namespace.values["order"]))
    assert type(kept) is namespace.values["Order"]
    assert sys.modules["__main__"] is main


async def test_this_modules_future_imports_do_not_leak() -> None:
    namespace = Namespace()
    await namespace.run("def f(x: int): ...")
    assert namespace.values["f"].__annotations__ == {"x": int}


async def test_errors_come_out() -> None:
    with pytest.raises(ZeroDivisionError):
        await Namespace().run("1 / 0")
