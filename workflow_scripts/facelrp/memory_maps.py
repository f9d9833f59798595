"""Read and write large memory-mapped arrays with little memory."""

import mmap


def release(array):
    """Release the pages of a memory-mapped array that were read or written so far.

    They stay in the system's cache, or go to the file, but no longer count as memory of this process. Otherwise the
    process would grow to the size of all files it has read or written. The content of the array does not change. Arrays
    that are not mapped are left as they are.

    Parameters
    ----------
    array : ndarray
        A ``numpy.memmap`` that shares its file (modes r, r+ and w+), or a view of one.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)
