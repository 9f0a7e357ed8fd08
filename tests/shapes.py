"""Types and shapes of signatures, checked while tests run: CHECK_SHAPES=1 python -m pytest."""

from typing import Any

from beartype import BeartypeConf, FrozenDict, beartype
from jaxtyping import install_import_hook
from numpy.typing import ArrayLike

PACKAGE = "wesam_packshot"
# Where a float is asked for an int will do, as type checkers have it (PEP 484). Of what numpy takes as an array,
# beartype does not know tuples of numbers.
CHECKED: Any = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({ArrayLike: object})))


def check(function: Any) -> Any:
    """The function with its arrays, numbers and words checked, and not the package's classes, which tests replace."""
    hints = getattr(function, "__annotations__", None)
    if hints and not isinstance(function, type):
        ours = {name for name, hint in hints.items() if isinstance(hint, str) or PACKAGE in repr(hint)}
        function.__annotations__ = {name: object if name in ours else hint for name, hint in hints.items()}
    return CHECKED(function)


install_import_hook(PACKAGE, f"{__name__}.check")
