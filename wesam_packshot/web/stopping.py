"""SIGINT and SIGTERM as the ordinary end of a server, with time to clear up."""

import signal
import time
from types import FrameType, TracebackType
from typing import Any

# Seconds between looks for a signal; a visitor does not notice them.
PERIOD = 0.2


class Stop:
    """Waits for SIGINT or SIGTERM. From the first on, no further one disturbs what is left to do in the block.

    Before `wait`, the first ends the block by `KeyboardInterrupt`.
    """

    def __init__(self) -> None:
        self._waiting = False
        self._told = False
        self._earlier: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Stop":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._earlier[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)

    def wait(self) -> None:
        self._waiting = True
        while not self._told:
            time.sleep(PERIOD)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        first, self._told = not self._told, True
        if first and not self._waiting:
            raise KeyboardInterrupt
