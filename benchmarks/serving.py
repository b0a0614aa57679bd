"""Models behind an address: the same table as here, what they refuse, and how long a picture takes.

python benchmarks/serving.py [MODEL]

One simulated picture of 2048 x 1886 px. Its table from the Python interface is compared with that of `nanosieve models
serve` and of stock `mlflow models serve` (JSON, CSV and Parquet in), and its labels with those of the segmenter
`remote`. Then the server answers pictures one by one, in turn with `nanosieve analyze` of as many; the ratio of the
times per picture is printed. At last 8 clients ask at once, and a small server is asked for every refusal.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import requests

from nanosieve import Host, analyze, open_micrograph
from nanosieve.finding import find_model
from nanosieve.loading import load_classifier, load_segmenter
from nanosieve.models import ModelCard, write_card
from nanosieve.simulate import SimulationSettings, simulate
from nanosieve.simulate.files import write
from nanosieve_registry.registry import Registry

WIDTH, HEIGHT = 2048, 1886
CLIENTS = 8
ROUNDS = 3
# Pictures in one of them, served, and commanded beside one that pays for the start.
PICTURES = 2
LONGEST_S = 600
NANOSIEVE = [sys.executable, "-m", "nanosieve"]


def picture(folder: Path) -> Path:
    """A simulated picture as a microscope writes it."""
    settings = SimulationSettings(height=HEIGHT, width=WIDTH, diameter_nm=80, coverage=0.3, data_bar=False)
    write(simulate("se", settings, seed=4), folder, "se")
    return folder / "se.tif"


@contextmanager
def server(*arguments: str, **environment: str) -> Iterator[str]:
    """The address of a `nanosieve models serve` in a process of its own."""
    command = [*NANOSIEVE, "models", "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        process.stdout.readline()
        try:
            yield re.match(r"http://\S+", process.stdout.readline())[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(LONGEST_S)


@contextmanager
def stock(bundle: Path, folder: Path) -> Iterator[str]:
    """The address of a stock `mlflow models serve` of a published model."""
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    Registry(uri).publish(bundle, "model", alias="champion")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "mlflow",
        "models",
        "serve",
        "-m",
        "models:/model@champion",
        "--env-manager",
        "local",
        "-p",
        str(port),
    ]
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": str(LONGEST_S),
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        try:
            while not answers(f"http://127.0.0.1:{port}/ping"):
                time.sleep(0.3)
            yield f"http://127.0.0.1:{port}/invocations"
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Whether somebody is there."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def same(found: pd.DataFrame, table: pd.DataFrame) -> str:
    """Whether every value of every column is the same; of what follows the columns of the table nothing is asked."""
    found = found[list(table.columns)].replace({"reason": {np.nan: "", None: ""}})
    try:
        pd.testing.assert_frame_equal(
            found.convert_dtypes(), table.convert_dtypes(), check_exact=True, check_dtype=False
        )
    except AssertionError as error:
        return f"DIFFERS: {' '.join(str(error).split())[:200]}"
    return f"equal, {len(found)} particles"


def compare(path: Path, model: str, folder: Path) -> None:
    """Tables and labels of all ways."""
    host = Host()
    segmenter = load_segmenter(model, host)
    micrograph = open_micrograph(path, readers=host.readers, name="picture")
    analysis = analyze(
        micrograph,
        segmenter=segmenter.tool,
        classifier=load_classifier("geometry", host).tool,
        measures=host.measures,
    )
    data = path.read_bytes()
    with server(model) as url:
        for name, read in (("json", None), ("csv", pd.read_csv), ("parquet", pd.read_parquet)):
            answer = requests.post(f"{url}/analyze?format={name}", data, timeout=LONGEST_S)
            found = (
                pd.DataFrame(answer.json()["particles"]) if read is None else read(io.BytesIO(answer.content))
            )
            print(f"| nanosieve models serve, {name} out | {same(found, analysis.table)} |")
        there = load_segmenter(url, host).tool.segment(micrograph)
        equal = np.array_equal(there.labels, analysis.segmentation.labels)
        soft = np.array_equal(there.foreground, analysis.segmentation.foreground)
        print(f"| segmenter remote | labels equal: {equal}, foreground equal: {soft} |")
    bundle = bundle_of(model, host, folder)
    frame = pd.DataFrame({"image": [base64.b64encode(data).decode()], "name": ["picture"]})
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    bodies = {
        "JSON": {"json": {"dataframe_split": frame.to_dict(orient="split", index=False)}},
        "CSV": {"data": frame.to_csv(index=False), "headers": {"Content-Type": "text/csv"}},
        "Parquet": {
            "data": parquet.getvalue(),
            "headers": {"Content-Type": "application/vnd.apache.parquet"},
        },
    }
    with stock(bundle, folder) as url:
        for name, body in bodies.items():
            answer = requests.post(url, timeout=LONGEST_S, **body)
            found = pd.DataFrame(answer.json()["predictions"])
            print(f"| mlflow models serve, {name} in | {same(found, analysis.table)} |")


def bundle_of(model: str, host: Host, folder: Path) -> Path:
    """The folder of a model; of a plugin without one, a card that names it."""
    if model not in host.segmenters:
        return find_model(model, host).folder
    bundle = folder / model
    bundle.mkdir()
    write_card(bundle, ModelCard(name=model, kind="segmenter", plugin=model, plugin_version="0"))
    return bundle


def time_both(path: Path, model: str, folder: Path) -> None:
    """Time of a picture in the server and in the command, in turn; what it takes to start does not count."""
    data = path.read_bytes()
    copies = folder / "copies"
    copies.mkdir()
    for number in range(1 + PICTURES):
        (copies / f"{number}.tif").write_bytes(data)
    ratios = []
    with server(model) as url:
        requests.post(f"{url}/analyze?format=zip", data, timeout=LONGEST_S)
        for turn in range(ROUNDS):
            begin = time.perf_counter()
            for _ in range(PICTURES):
                requests.post(f"{url}/analyze?format=zip", data, timeout=LONGEST_S).raise_for_status()
            served = (time.perf_counter() - begin) / PICTURES
            one = command_s([copies / "0.tif"], model, folder / f"one{turn}")
            all_of_them = command_s(sorted(copies.iterdir()), model, folder / f"all{turn}")
            ratios.append(served / ((all_of_them - one) / PICTURES))
            print(f"served {served:.2f} s, command {(all_of_them - one) / PICTURES:.2f} s a picture")
        print(
            f"median of {ROUNDS}: the server takes {statistics.median(ratios):.2f} times as long as the command"
        )
        at_once(url, data)


def command_s(paths: list[Path], model: str, out: Path) -> float:
    """Time of `nanosieve analyze`."""
    begin = time.perf_counter()
    subprocess.run(
        [*NANOSIEVE, "analyze", *map(str, paths), "--segmenter", model, "--out", str(out), "--no-report"],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin


def at_once(url: str, data: bytes) -> None:
    """Many clients, and whether the server can still be asked how it is."""
    health: list[float] = []
    with ThreadPoolExecutor(CLIENTS) as pool:
        begin = time.perf_counter()
        running = [
            pool.submit(requests.post, f"{url}/analyze?format=csv", data, timeout=LONGEST_S)
            for _ in range(CLIENTS)
        ]
        while not all(each.done() for each in running):
            asked = time.perf_counter()
            requests.get(f"{url}/health", timeout=LONGEST_S).raise_for_status()
            health.append(time.perf_counter() - asked)
            time.sleep(0.2)
        seconds = time.perf_counter() - begin
    texts = {each.result().text for each in running}
    statuses = Counter(each.result().status_code for each in running)
    print(
        f"{CLIENTS} clients at once: statuses {dict(statuses)}, {len(texts)} different table(s), "
        f"{seconds / CLIENTS:.2f} s a picture; /health meanwhile within {max(health):.2f} s"
    )


def refusals(path: Path) -> None:
    """Every refusal, of a small server that must go on after each."""
    data, token = path.read_bytes(), secrets.token_urlsafe()
    knows = {"Authorization": f"Bearer {token}"}
    arguments = ("threshold", "--queue", "1", "--max-mb", "20")
    with server(*arguments, NANOSIEVE_TOKEN=token) as url, ThreadPoolExecutor(CLIENTS) as pool:
        address = f"{url}/analyze"
        asked = {
            "wrong token": {"data": data, "headers": {"Authorization": "Bearer wrong"}},
            "25 MB, 20 allowed": {"data": bytes(25_000_000), "headers": knows},
            "no picture": {"data": b"hello", "headers": knows},
            "half a picture": {"data": data[: len(data) // 2], "headers": knows},
            "unknown parameter": {"data": data, "headers": knows, "params": {"treshold": 1}},
            "pixel size without unit": {"data": data, "headers": knows, "params": {"pixel_size": "5"}},
            "a picture": {"data": data, "headers": knows},
        }
        for name, request in asked.items():
            print(f"| {name} | {requests.post(address, timeout=LONGEST_S, **request).status_code} |")
        many = [
            pool.submit(requests.post, address, data, headers=knows, timeout=LONGEST_S)
            for _ in range(CLIENTS)
        ]
        counted = Counter(each.result().status_code for each in many)
        print(f"| {CLIENTS} clients, 2 have a place | {dict(sorted(counted.items()))} |")
        last = requests.post(address, data, headers=knows, timeout=LONGEST_S)
        print(f"| a picture after all that | {last.status_code} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "model", nargs="?", default="shipped:se-segmenter", help="segmenter: plugin, folder or URI"
    )
    parser.add_argument("--part", choices=("compare", "time", "refuse"), help="only this part")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["NANOSIEVE_DATA"] = str(folder / "data")
        path = picture(folder)
        print(f"{WIDTH} x {HEIGHT} px, {options.model}")
        if options.part in (None, "compare"):
            compare(path, options.model, folder)
        if options.part in (None, "time"):
            time_both(path, options.model, folder)
        if options.part in (None, "refuse"):
            refusals(path)


if __name__ == "__main__":
    main()
