"""Content hashes: of files, and of the code that makes something."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

PACKAGE = __name__.partition(".")[0]
ROOT = Path(__file__).parents[1]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def code_sha256(module: str) -> str:
    """Hash of a module and of all that it imports: the sources of this package's, the versions of other libraries.

    What a module has made earlier holds as long as the hash is the same.
    """
    digest, sources, libraries = hashlib.sha256(), module_sources(module), set[str]()
    for name in sorted(sources):
        digest.update(f"{name} {hashlib.sha256(sources[name]).hexdigest()}\n".encode())
        libraries |= {imported.partition(".")[0] for imported in _imports(sources[name])}
    providers = packages_distributions()
    used = {provider for name in libraries - {PACKAGE} for provider in providers.get(name, ())}
    for name in sorted(used):
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


def module_sources(module: str) -> dict[str, bytes]:
    """Sources, by name, of a module of this package and of those of this package that it imports, at any remove."""
    found: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if name in found or file is None:
            continue
        found[name] = file.read_bytes()
        waiting += [other for other in _imports(found[name]) if other.partition(".")[0] == PACKAGE]
    return found


def _imports(source: bytes) -> Iterator[str]:
    """Names of the modules that a source imports; of those that it takes names from, also these names' own."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(module: str) -> Path | None:
    """The source of a module of this package; None when the name is that of something else."""
    place = ROOT.joinpath(*module.split(".")[1:])
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
