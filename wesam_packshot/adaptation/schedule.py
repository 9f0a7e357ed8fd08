"""Lengths and rates of a run, as functions of the step."""

import math

from wesam_packshot.config import TrainConfig

# The cosine ends at this share of the full rate.
FLOOR = 0.02


def number_of_steps(config: TrainConfig, photos: int) -> int:
    """Steps of `epochs` passes over the photos, within `min_steps` and `max_steps`."""
    wanted = math.ceil(config.epochs * photos / config.batch_size)
    return min(max(wanted, config.min_steps), config.max_steps)


def learning_rate(step: int, total: int, warmup: int) -> float:
    """Factor of the learning rate: a linear rise over `warmup` steps, then half a cosine down to 2 %."""
    rise = min(1.0, (step + 1) / max(warmup, 1))
    return rise * max(FLOOR, 0.5 * (1 + math.cos(math.pi * step / total)))


def teacher_decay(step: int, decay: float) -> float:
    """Decay of the moving average, lower at first so that the teacher leaves its random start (Dassl's ramp)."""
    return min(1 - 1 / (step + 2), decay)
