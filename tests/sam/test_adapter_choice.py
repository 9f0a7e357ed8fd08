"""Which adapter a name means: that of the user, the one that ships, or none."""

from pathlib import Path

import pytest

from wesam_packshot.adaptation.run_folder import settled
from wesam_packshot.cli.adapter_option import chosen_adapter
from wesam_packshot.config import load_config
from wesam_packshot.errors import UserError
from wesam_packshot.resources import adapter_folder
from wesam_packshot.sam.adapter_file import named_adapter, read_adapter_config

SHIPPED = adapter_folder() / "mobile_sam"


def test_the_one_that_ships_fits_the_published_model() -> None:
    facts = read_adapter_config(SHIPPED)
    assert (facts.base, facts.base_official, facts.high_resolution) == ("mobile_sam", True, True)
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 12_000_000


def test_names_and_paths(tmp_path: Path) -> None:
    assert named_adapter("none", "mobile_sam") is None
    assert named_adapter("packshot", "mobile_sam") == named_adapter("auto", "mobile_sam") == SHIPPED
    assert named_adapter("auto", "mobile_sam", published=False) is None
    assert named_adapter("auto", "sam_vit_b") is None
    assert named_adapter(str(SHIPPED), "mobile_sam") == SHIPPED
    with pytest.raises(UserError, match="sam_vit_b: no adapter ships for it; give none, or train one"):
        named_adapter("packshot", "sam_vit_b")
    with pytest.raises(UserError, match="absent: holds no adapter"):
        named_adapter(tmp_path / "absent", "mobile_sam")


def test_commands_take_what_ships_unless_told_otherwise(tmp_path: Path) -> None:
    plain = load_config(None)
    assert chosen_adapter(None, plain.model) == SHIPPED
    assert chosen_adapter("none", plain.model) is None
    assert chosen_adapter(None, load_config(None, ["model.name=sam_vit_b"]).model) is None
    assert chosen_adapter(None, load_config(None, [f"model.weights={tmp_path / 'own.pt'}"]).model) is None


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), "packshot"),
        (("model.name=sam_vit_b",), "none"),
        (("adapter.encoder.mlp=4",), "none"),  # ranks that are set by hand ask for an adapter of one's own
        (("adapter.encoder.mlp=4", "adapter.start=packshot"), "packshot"),
        (("adapter.high_resolution=true",), "packshot"),
        (("adapter.start=none",), "none"),
        ((f"adapter.start={SHIPPED}",), SHIPPED),
    ],
)
def test_what_an_adaptation_starts_from(overrides: tuple[str, ...], expected: str | Path) -> None:
    once = settled(load_config("weak.yaml", overrides))
    assert once.adapter.start == expected
    assert settled(once) == once  # a run that is resumed starts from the same


def test_relative_paths_stay_what_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHIPPED.parent)
    assert settled(load_config(None, ["adapter.start=mobile_sam"])).adapter.start == SHIPPED
    with pytest.raises(UserError, match="gone: holds no adapter"):
        settled(load_config(None, ["adapter.start=gone"]))
