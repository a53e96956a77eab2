"""How much memory something needs."""

import ctypes
import gc
from pathlib import Path

_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


def peak_of(function):
    """The megabytes by which the process is larger, at most, while a function runs,
    than it was before. Source of the numbers: proc(5), VmRSS and VmHWM.
    """
    # what is free in the process would be taken again, unseen
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    _FORGET_PEAK.write_text("5")
    before = _read("VmRSS")
    function()
    return (_read("VmHWM") - before) / 1024


def _read(name):
    for line in _STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)
