"""An exception in a learner's code, told in a sentence."""

import linecache
from traceback import walk_tb


def describe(error: BaseException) -> str:
    """An exception in a sentence, with the line of the learner's cell that it came from."""
    first_line = str(error).strip().partition("\n")[0].partition(" (Background on")[0][:200]
    text = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    cells = [
        (frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if "ipykernel" in frame.f_code.co_filename or frame.f_code.co_filename.startswith("<cell")
    ]
    if not cells:
        return text
    filename, number = cells[-1]
    return f"{text} (line {number} of your cell: {linecache.getline(filename, number).strip()})"
