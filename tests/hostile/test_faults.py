"""Commands in surroundings that fail: each says so in one line, leaves nothing torn, and goes on when run again."""

import pytest

from tests.hostile.commands import Studio, write_studio
from tests.hostile.faults import FAULTS


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(fault: str, studio: Studio) -> None:
    folder = studio.folder / fault.replace(" ", "-")
    folder.mkdir()
    try:
        assert FAULTS[fault](studio, folder) == []
    except PermissionError as error:
        pytest.skip(str(error))
