"""The workloads that peers are measured on. A peer gives `run(function, items, chunk)`, which returns a list."""
import sys
import time


def same(x):
    return x


def wait(microseconds):
    end = time.perf_counter() + microseconds / 1e6
    turns = 0
    while time.perf_counter() < end:
        turns += 1
    return turns


class Captured:
    """A function that carries an array of 80 MB."""

    def __init__(self, values):
        self.values = values

    def __call__(self, i):
        return float(self.values[i])


def timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(measure, repeats=3):
    return sorted(measure() for _ in range(repeats))[repeats // 2]


def metg(run, workers, quick):
    each = 0.02 if quick else 0.1

    def efficiency(length):
        items = int(min(max(workers * each * 1e6 / length, 20 * workers), 200_000))
        given = [length] * items
        return items * length / 1e6 / workers / timed(lambda: run(wait, given, 1))

    longer, before = 64_000.0, None
    while longer > 0.05:
        now = efficiency(longer / 2)
        if now < 0.5:
            share = 0 if before is None else (before - 0.5) / (before - now)
            return longer * 0.5 ** share
        longer, before = longer / 2, now
    return longer


def measure(run, workers):
    import numpy

    quick = "quick" in sys.argv
    items = list(range(2_000 if quick else 10_000))
    many = list(range(50_000 if quick else 1_000_000))
    run(same, items, 100)
    print(f"one-by-one={len(items) / median(lambda: timed(lambda: run(same, items, 1)))}")
    print(f"chunked={len(many) / median(lambda: timed(lambda: run(same, many, 500)))}")
    print(f"metg-50={metg(run, workers, quick)}")
    blocks = [numpy.full((1 << 20) // 8, float(i)) for i in range(64)]
    print(f"blocks={128 / median(lambda: timed(lambda: run(same, blocks, 1)))}")
    captured = Captured(numpy.arange(10_000_000, dtype=float))
    print(f"closure={1e3 * median(lambda: timed(lambda: run(captured, list(range(100)), 50)))}")
