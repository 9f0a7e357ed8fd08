"""Types and shapes of all signatures are checked while tests run; `conftest.py` imports this before the package."""

from typing import Any

from beartype import BeartypeConf, FrozenDict, beartype
from jaxtyping import install_import_hook
from numpy.typing import ArrayLike

# Where a float is asked for an int will do, as type checkers have it (PEP 484). Of what numpy takes as an array,
# beartype does not know tuples of numbers.
check: Any = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({ArrayLike: object})))
install_import_hook("wesam_packshot", f"{__name__}.check")
