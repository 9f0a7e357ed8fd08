"""The adapters that a page can show, each loaded when it is first asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wesam_packshot.batch.loading import load_segmenter
from wesam_packshot.config import Config
from wesam_packshot.errors import UserError
from wesam_packshot.sam.adapter_file import find_adapter, read_adapter_config
from wesam_packshot.segment.segmenter import Segmenter


@dataclass(frozen=True)
class Pair:
    """A model as it was published, and with an adapter; without one there is only the former."""

    published: Segmenter
    adapted: Segmenter | None = None

    @property
    def best(self) -> Segmenter:
        return self.adapted or self.published


class Models:
    """Segmenters by the adapter's name.

    Args:
        config: of the base model, and of the device.
        adapters: folders by name; see `find_adapters`.
    """

    def __init__(self, config: Config, adapters: Mapping[str, Path]) -> None:
        self.config = config
        self.adapters = dict(adapters)
        self._pairs: dict[str | None, Pair] = {}
        # One for all adapters of a base, so that a photo's embedding is computed once for all of them.
        self._published: dict[str, Segmenter] = {}

    @property
    def names(self) -> list[str]:
        return list(self.adapters)

    def get(self, name: str | None) -> Pair:
        """The models of an adapter; without a name, or with one that is not there, SAM as published.

        Raises:
            UserError: see `load_segmenter`.
        """
        known = name if name in self.adapters else None
        if known not in self._pairs:
            self._pairs[known] = self._load(known)
        return self._pairs[known]

    def _load(self, name: str | None) -> Pair:
        if name is None:
            return Pair(load_segmenter(self.config, None))
        base = read_adapter_config(self.adapters[name]).base
        adapted = load_segmenter(self.config, self.adapters[name])
        published = self._published.setdefault(base, adapted.published())
        return Pair(published, adapted)


def find_adapters(given: Sequence[Path], runs: Path, shipped: Path | None = None) -> dict[str, Path]:
    """Adapter folders by the names that they are offered under: those given, those of the runs in a folder, `packshot`.

    Args:
        shipped: the adapter that comes with the package.

    Raises:
        UserError: when one that is given holds no adapter; a run without one is not finished, and passed over.
    """
    folders = [find_adapter(path) for path in given]
    for run in sorted(runs.glob("*/adapter")):
        try:
            folders.append(find_adapter(run))
        except UserError:
            continue
    named: dict[str, Path] = {}
    for folder in {folder.resolve(): folder for folder in folders}.values():
        full = folder.resolve()
        name = full.parent.name if full.name == "adapter" else full.name
        named[str(folder) if name in named else name] = folder
    return named | ({"packshot": shipped} if shipped else {})
