"""Imported once, by the process that others are forked from: everything that a command or an input needs.

Torch's compiler is loaded by the first step of an optimizer.
"""

import torch._dynamo  # noqa: F401
import torchvision.ops  # noqa: F401

import tests.hostile.commands
import tests.hostile.trying  # noqa: F401
from wesam_packshot.adaptation.cache import LabelCache
from wesam_packshot.files.hashing import code_sha256

code_sha256(LabelCache.__module__)  # which reads the whole package, and is kept
