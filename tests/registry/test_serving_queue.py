"""Many clients at once: one picture at a time, a bounded number waits, and the server can be stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import requests

from nanosieve import Host, Segmentation, SegmenterSpec, hookimpl
from nanosieve.errors import UsageError
from nanosieve_registry.serving.settings import ServerSettings
from pictures import DISCS, draw_discs, write_tiff
from served import get, post, serving

# Discs in a row and in a column.
SIDE = 24


class Gate:
    """A segmenter that waits until it may go on, once it has been tried out."""

    def __init__(self):
        self.open = threading.Event()
        self.open.set()
        self.started = 0
        self.at_once = 0
        self.most_at_once = 0

    @hookimpl
    def nanosieve_segmenters(self):
        yield SegmenterSpec(name="gate", summary="Waits.", build=lambda context: self)

    def segment(self, micrograph):
        self.started += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.open.wait(30)
        self.at_once -= 1
        labels = (micrograph.pixels > 0.5).astype(np.int32)
        return Segmentation(labels=labels)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "discs.tif"
    return write_tiff(path, draw_discs((60, 60), [(30, 30, 12)])).read_bytes()


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_works_some_wait_and_the_next_is_refused(gate, picture):
    with (
        serving("gate", classifier=None, plugins=Host(gate), waiting=2) as server,
        ThreadPoolExecutor(3) as pool,
    ):
        tried = gate.started
        gate.open.clear()
        answers = [pool.submit(post, server, "/analyze", picture) for _ in range(3)]
        until(lambda: get(server, "/health").json()["queue"] == 3)
        refused = post(server, "/analyze", picture)
        assert refused.status_code == 503
        assert "the queue is full: 3 requests" in refused.json()["detail"]
        assert int(refused.headers["Retry-After"]) >= 1
        assert "nanosieve_queue_length 3.0" in get(server, "/metrics").text
        until(lambda: gate.started == tried + 1)
        time.sleep(0.1)
        assert gate.started == tried + 1  # the others do wait
        gate.open.set()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200]
        assert gate.most_at_once == 1
        assert post(server, "/analyze", picture).status_code == 200


def test_eight_clients_at_once_get_what_one_gets(tmp_path):
    pictures = [
        write_tiff(tmp_path / f"{number}.tif", draw_discs((200, 260), DISCS[: 4 + number])).read_bytes()
        for number in range(8)
    ]
    with serving(waiting=8) as server:
        alone = [post(server, "/analyze?format=csv", each).text for each in pictures]
        assert len(set(alone)) == 8
        with ThreadPoolExecutor(8) as pool:
            together = [
                pool.submit(post, server, "/analyze?format=csv", each) for each in pictures for _ in range(3)
            ]
        answers = [answer.result() for answer in together]
        # 9 have a place; the queue may be full for some, and that is said
        assert {answer.status_code for answer in answers} <= {200, 503}
        for number, answer in enumerate(answers):
            if answer.status_code == 200:
                assert answer.text == alone[number // 3]
        assert sum(answer.status_code == 200 for answer in answers) >= 8
        assert get(server, "/health").json()["queue"] == 0


def test_who_has_hung_up_costs_no_work(gate, picture):
    with serving("gate", classifier=None, plugins=Host(gate)) as server, ThreadPoolExecutor(2) as pool:
        tried = gate.started
        gate.open.clear()
        first = pool.submit(post, server, "/analyze", picture)
        until(lambda: gate.started == tried + 1)
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{server.url}/analyze", data=picture, timeout=0.3)
        until(lambda: get(server, "/health").json()["queue"] == 2)
        gate.open.set()
        assert first.result().status_code == 200
        until(lambda: get(server, "/health").json()["queue"] == 0)
        assert gate.started == tried + 1
        assert 'status="499"' in get(server, "/metrics").text


def test_a_model_that_raises_is_an_error_of_the_server_and_it_goes_on(gate, picture):
    with serving("gate", classifier=None, plugins=Host(gate)) as server:
        segment, gate.segment = gate.segment, lambda micrograph: 1 / 0
        answer = post(server, "/analyze", picture)
        assert answer.status_code == 500
        assert "segmenter 'gate'" in answer.json()["detail"]
        assert "ZeroDivisionError" in answer.json()["detail"]
        gate.segment = segment
        assert post(server, "/analyze", picture).status_code == 200


def test_stopping_finishes_what_is_at_work_and_refuses_what_waits(gate, picture):
    with ThreadPoolExecutor(2) as pool:
        with serving("gate", classifier=None, plugins=Host(gate)) as server:
            tried = gate.started
            gate.open.clear()
            working = pool.submit(post, server, "/analyze", picture)
            until(lambda: gate.started == tried + 1)
            waiting = pool.submit(post, server, "/analyze", picture)
            until(lambda: get(server, "/health").json()["queue"] == 2)
            server.stop()
            gate.open.set()
        assert working.result().status_code == 200
        assert waiting.result().status_code == 503
        assert waiting.result().json()["detail"] == "the server is stopping"
    assert gate.started == tried + 1


@pytest.fixture
def started(tmp_path):
    """Start the command as a user does; returns the process and its address."""
    processes = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "nanosieve", "models", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "home")},
        )
        processes.append(process)
        first, second = process.stdout.readline(), process.stdout.readline()
        return process, first, re.match(r"http://\S+", second)[0]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches the whole group there")
def test_ctrl_c_ends_the_command_after_the_picture_at_work(started, tmp_path):
    process, said, url = started("threshold", "--port", "0")
    assert said.startswith("threshold 0.1.0, digest ")
    # large enough to be at work for a second or more
    tile = draw_discs((60, 60), [(30, 30, 20)])
    large = write_tiff(tmp_path / "large.tif", np.tile(tile, (SIDE, SIDE)))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(requests.post, f"{url}/analyze?format=csv", large.read_bytes(), timeout=60)
        until(lambda: requests.get(f"{url}/health", timeout=20).json()["queue"] == 1)
        time.sleep(0.2)  # 2 MB have arrived by then
        process.send_signal(signal.SIGINT)
        assert answer.result().status_code == 200
        assert answer.result().text.count("\n") == SIDE**2 + 1
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert (out, errors) == ("", "")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/health", timeout=5)


def test_a_port_in_use_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen at 127.0.0.1, port {port}: .*another --host or"):
            ServerSettings(port=port).bind()
