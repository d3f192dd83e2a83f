"""Figures as `fettle bench --json` writes them (src/bench/result.ts), so that bench/compare.ts reads both."""

import json
import re
import statistics
import time


def spread(values):
    ordered = sorted(values)

    def at(share):
        place = share * (len(ordered) - 1)
        below, above = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
        return below + (above - below) * (place % 1)

    return dict(min=ordered[0], p25=at(0.25), median=statistics.median(ordered), p75=at(0.75), max=ordered[-1], samples=len(ordered))


def print_figure(name, system, unit, values, better="higher"):
    line = dict(type="figure", name=name, system=system, unit=unit, better=better, **spread(values), ceiling=None, bound=None)
    print(json.dumps(line), flush=True)


def print_peak_memory(name, system):
    with open("/proc/self/status") as status:
        kib = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
    print_figure(f"memory of {name}", system, "MiB", [kib / 1024], better="lower")


def time_calls(call, iterations):
    """Seconds of each call; one call before them does not count."""
    call()
    seconds = []
    for _ in range(iterations):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return seconds
