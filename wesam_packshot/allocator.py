"""How the C library treats the memory of tensors."""

import ctypes


def keep_freed_memory() -> None:
    """Let the C library keep what torch frees, instead of returning each large tensor to the system.

    Glibc maps tensors of a megabyte and more anew each time, and the system clears their pages: half of a CPU's
    training time. Elsewhere than on glibc this does nothing. For commands only: a library must leave
    its host's allocator alone.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    trim_threshold, most_maps = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of malloc.h
    mallopt(trim_threshold, -1)
    mallopt(most_maps, 0)
