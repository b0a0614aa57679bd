"""What the registry costs: listing models, and finding one by its alias, against doing without it.

Each figure is the median of processes of their own, wall clock and processor time, on a registry that has been used
before and whose models were fetched.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

REPEATS = 5
LOAD = """
import sys
from nanosieve import Host
from nanosieve.loading import load_segmenter
load_segmenter(sys.argv[1], Host(), device="cpu")
"""


def run(arguments, environment):
    """Wall clock and processor time of one process, s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(what, with_registry, without, environment):
    """Run both in turn, and print medians, ratio and difference."""
    pairs = [(run(with_registry, environment), run(without, environment)) for _ in range(REPEATS)]
    for kind, index in (("wall clock", 0), ("processor", 1)):
        registry = statistics.median(pair[0][index] for pair in pairs)
        plain = statistics.median(pair[1][index] for pair in pairs)
        print(
            f"{what}, {kind}: {registry:.2f} s against {plain:.2f} s, {registry / plain:.2f} times, "
            f"{registry - plain:+.2f} s"
        )


def main():
    from nanosieve_registry.shipped import shipped_models

    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
        environment["NANOSIEVE_DATA"] = folder
        command = ("-m", "nanosieve")
        wall, _ = run((*command, "models", "fetch", "se-segmenter@champion"), environment)
        print(f"first use, with a new database and the models that come along: {wall:.1f} s")
        compare("models list / --version", (*command, "models", "list"), (*command, "--version"), environment)
        bundle = str(shipped_models()["se-segmenter"])
        compare(
            "load by alias / from the folder",
            ("-c", LOAD, "se-segmenter@champion"),
            ("-c", LOAD, bundle),
            environment,
        )


if __name__ == "__main__":
    main()
