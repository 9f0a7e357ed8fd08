"""Reads an offline W&B run back: records in LevelDB's log format, each a protobuf message of wandb's own."""

import json
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto import wandb_internal_pb2 as messages

BLOCK = 32 * 1024
FIRST_BYTES = 7
HEADER = struct.Struct("<IHB")
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


@dataclass
class OfflineRun:
    """What `wandb sync` would upload."""

    run: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, str] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Any] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    finished: bool = False


def read_offline_run(file: Path) -> OfflineRun:
    """The contents of a `.wandb` file; half a record at its end, after a kill, is passed over."""
    found = OfflineRun()
    for content in _records(file.read_bytes()):
        record = messages.Record()
        record.ParseFromString(content)
        match record.WhichOneof("record_type"):
            case "run":
                found.run = record.run
                found.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
            case "history":
                found.history.append(_values(record.history.item))
            case "metric":
                name = record.metric.name or record.metric.glob_name
                found.metrics[name] = record.metric.step_metric
            case "summary":
                found.summary |= _values(record.summary.update)
            case "artifact":
                found.artifacts[record.artifact.name] = record.artifact
            case "files":
                found.files |= {item.path for item in record.files.files}
            case "exit":
                found.finished = True
    return found


def offline(folder: Path) -> OfflineRun:
    """The run in a folder, once W&B's own process, which may lag behind on a busy machine, has written its end."""
    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    deadline = time.monotonic() + 30
    while not (found := read_offline_run(file)).finished and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _values(items: Any) -> dict[str, Any]:
    return {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}


def _records(content: bytes) -> Iterator[bytes]:
    place, begun = FIRST_BYTES, b""
    while place + HEADER.size <= len(content):
        left = BLOCK - place % BLOCK
        if left < HEADER.size:  # too little for a header: the next block
            place += left
            continue
        checksum, length, kind = HEADER.unpack_from(content, place)
        part = content[place + HEADER.size : place + HEADER.size + length]
        if len(part) < length:
            return
        assert checksum == zlib.crc32(part, zlib.crc32(bytes([kind])))
        place += HEADER.size + length
        begun = part if kind in (WHOLE, FIRST) else begun + part
        if kind in (WHOLE, LAST):
            yield begun
