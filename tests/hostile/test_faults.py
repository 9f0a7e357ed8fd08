"""Commands in surroundings that fail: each says so in one line, leaves nothing torn, and goes on when run again."""

import pytest

from tests.hostile.commands import Studio, write_studio
from tests.hostile.faults import FAULTS


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"))


# The long hostile run has all of them.
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "Ctrl-C in adapt"])
def test_a_fault(fault: str, studio: Studio) -> None:
    folder = studio.folder / fault.replace(" ", "-")
    folder.mkdir()
    try:
        assert FAULTS[fault](studio, folder) == []
    except PermissionError as error:
        pytest.skip(str(error))
