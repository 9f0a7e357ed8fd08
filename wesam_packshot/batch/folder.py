"""A folder of photos through one function: outputs, manifest, and on past every broken photo.

Three stages overlap: threads read ahead, the caller's thread segments, threads write behind.
"""

import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from wesam_packshot.arrays import Rgb
from wesam_packshot.batch.manifest import KEYS, Manifest, Shard
from wesam_packshot.batch.outputs import Style, Writer, describe, instance_masks, output_files
from wesam_packshot.config import Config
from wesam_packshot.errors import UserError, failure
from wesam_packshot.files.hashing import file_sha256
from wesam_packshot.files.holding import holding
from wesam_packshot.files.json_lines import Row
from wesam_packshot.io.coco import describe_result
from wesam_packshot.io.outcome import Outcome
from wesam_packshot.io.photos import read_image
from wesam_packshot.io.records import Record

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


# Segments a photo as far as it takes the model; the function that it returns does the rest, in another thread.
Segment = Callable[[Record, Rgb], Callable[[], Outcome]]


@dataclass(frozen=True)
class OutputOptions:
    """What the options of a batch command ask for, see `Job`."""

    formats: tuple[str, ...] = ("mask",)
    shard: Shard = Shard()
    style: Style = Style()


@dataclass
class Tally:
    """How many photos came to what end."""

    ok: int = 0
    abstained: int = 0
    failed: int = 0

    def count(self, status: str) -> None:
        """Count a photo; one that a person has accepted or corrected has a mask, one that was rejected has none."""
        status = {"accepted": "ok", "corrected": "ok", "rejected": "abstained"}.get(status, status)
        setattr(self, status, getattr(self, status) + 1)

    def as_dict(self) -> dict[str, int]:
        return {"images": self.ok + self.abstained + self.failed, **asdict(self)}


@dataclass(frozen=True)
class Job:
    """What a folder's run is to write, and how.

    Attributes:
        output: folder of the outputs.
        formats: of `wesam_packshot.batch.outputs.FORMATS`.
        settings: whatever else decides over the outputs, for `Manifest`.
        shard: which part of the photos.
        style: how files look.
        workers: threads that read ahead, and as many that write behind; at least one of each.
        max_megapixels: larger photos are refused.
    """

    output: Path
    formats: Sequence[str]
    settings: Mapping[str, Any]
    shard: Shard = Shard()
    style: Style = Style()
    workers: int = 1
    max_megapixels: float = 100


@dataclass(frozen=True)
class _Loaded:
    """A photo, decoded."""

    record: Record
    sha256: str
    image: Rgb


@dataclass(frozen=True)
class _Done:
    """A photo that nothing is left to do of: its row and COCO result, and whether they are new to the manifest."""

    row: Row
    result: Row | None = None
    new: bool = True


def process(records: Sequence[Record], job: Job, segment: Segment) -> Iterator[Row]:
    """Segment every photo of the shard, write the outputs, and yield the manifest's rows in input order.

    Decoding, `segment` and writing overlap, as does what `segment` leaves to do in the function that it returns; at
    most a few photos are in memory. Photos that an earlier run with the same settings has finished are passed over.
    Whatever goes wrong with a photo is reported in its row, and the others go on.

    Raises:
        UserError: when another command is writing there.
        OutputError: when nothing more can be written: the disk is full, or the folder was removed.
    """
    with holding(job.output, job.shard.suffix):
        yield from _process(job.shard.of(records), job, segment)


def _process(mine: Sequence[Record], job: Job, segment: Segment) -> Iterator[Row]:
    manifest = Manifest(job.output, job.settings, job.shard)
    threads = max(1, job.workers)
    with _threads(threads) as readers, _threads(threads) as writers:
        loaded = _ahead(readers, lambda record: _load(record, job, manifest), mine, threads + 1)
        finished = _ahead(writers, lambda work: work(), (_segment(photo, job, segment) for photo in loaded), threads)
        known = 0
        for done in finished:
            known += not done.new
            if done.new:
                manifest.append(done.row, done.result)
            yield done.row
    if known:
        log.info("%d of them were finished by an earlier run, and are left as they are", known)
    manifest.settle([record.id for record in mine], "coco" in job.formats)


def make_job(config: Config, options: OutputOptions, settings: Mapping[str, Any], records: Sequence[Record]) -> Job:
    """The job that a command asks for; `settings` are completed by the prompts of the records."""
    assert config.output
    prompts = repr([(record.id, record.prompts) for record in records if record.prompts])
    known = {"prompts": hashlib.sha256(prompts.encode()).hexdigest(), "style": asdict(options.style)}
    return Job(
        config.output,
        options.formats,
        dict(settings) | known,
        options.shard,
        options.style,
        config.data.workers,
        config.data.max_megapixels,
    )


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    """Threads that, when they are no longer options, finish what they have begun and begin nothing new."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(pool: Executor, task: Callable[[T], R], items: Iterable[T], depth: int) -> Iterator[R]:
    """Results of `task` in order, with up to `depth` of them under way."""
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(task, item))
        if len(waiting) > depth:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _load(record: Record, job: Job, manifest: Manifest) -> _Loaded | _Done:
    sha256 = None
    try:
        sha256 = file_sha256(record.file)
        row = manifest.finished(record.id, sha256)
        if row and _outputs_exist(record.id, job, manifest):
            return _Done(row, new=False)
        return _Loaded(record, sha256, read_image(record.file, job.max_megapixels))
    except OSError as error:
        return _failed(record, sha256, UserError(f"{record.file}: cannot be read ({error.strerror}); mend its rights"))
    except Exception as error:
        return _failed(record, sha256, failure(error, record.file))


def _segment(photo: _Loaded | _Done, job: Job, segment: Segment) -> Callable[[], _Done]:
    """Segment a photo; what is left to do of it, to write, is returned."""
    if isinstance(photo, _Done):
        return lambda: photo
    start = time.perf_counter()
    try:
        complete = segment(photo.record, photo.image)
    except Exception as error:
        failed = _failed(photo.record, photo.sha256, failure(error, photo.record.file))
        return lambda: failed
    seconds = time.perf_counter() - start
    return lambda: _finish(photo, complete, seconds, job)


def _finish(photo: _Loaded, complete: Callable[[], Outcome], seconds: float, job: Job) -> _Done:
    try:
        return _written(photo, complete(), seconds, job)
    except Exception as error:
        return _failed(photo.record, photo.sha256, failure(error, photo.record.file))


def _written(photo: _Loaded, outcome: Outcome, seconds: float, job: Job) -> _Done:
    """Write the outputs of a photo, and describe them."""
    record, image = photo.record, photo.image
    Writer(job.output, record.file, image, outcome, job.style, record.name).write(record.id, job.formats)
    facts = {name: value for name, value in vars(outcome).items() if name in KEYS} | describe(outcome.mask)
    facts |= {"id": record.id, "file": str(record.file), "sha256": photo.sha256, "seconds": seconds}
    facts |= {"height": image.shape[0], "width": image.shape[1]}
    row = {key: round(facts[key], 6) if isinstance(facts[key], float) else facts[key] for key in KEYS}
    return _Done(row, _result(record, outcome) if "coco" in job.formats else None)


def _result(record: Record, outcome: Outcome) -> Row:
    size = (outcome.mask.shape[0], outcome.mask.shape[1])
    return describe_result(record.name, size, instance_masks(outcome))


def _failed(record: Record, sha256: str | None, error: UserError) -> _Done:
    log.warning("%s", error)
    known = {"id": record.id, "file": str(record.file), "sha256": sha256, "status": "failed", "error": str(error)}
    return _Done(dict.fromkeys(KEYS) | known)


def _outputs_exist(identity: str, job: Job, manifest: Manifest) -> bool:
    files = output_files(job.output, identity, job.formats, job.style)
    result = "coco" not in job.formats or manifest.has_result(identity)
    return result and all(file.is_file() for file in files.values())
