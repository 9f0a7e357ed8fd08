"""One process that has loaded torch and the product, for many to be forked from, at once and without its import."""

from multiprocessing import get_context

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.hostile.loaded"])


def wait_until_loaded() -> None:
    """For those who measure what comes after it."""
    process = CONTEXT.Process(target=int)
    process.start()
    process.join()
