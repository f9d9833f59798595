"""Memory-mapped arrays that pass through little memory."""

import mmap


def release(array):
    """Let go of the pages of a memory-mapped array that were read or written so far.

    They stay in the system's cache, or go to the file, but no longer count as memory of this process, which else grows
    to the size of all files that it has gone through. The array is what it was; of one that is not mapped all stays.

    Parameters
    ----------
    array : ndarray
        A ``numpy.memmap`` that shares its file (modes r, r+ and w+), or a view of one.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)
