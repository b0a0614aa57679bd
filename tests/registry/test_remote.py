"""A segmenter on another machine gives what it would give here, and says where it is when it does not answer."""

import datetime
import ipaddress
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nanosieve import Host, Micrograph, Segmentation, SegmenterSpec, analyze, hookimpl, open_micrograph
from nanosieve.errors import ModelError, UsageError
from nanosieve.loading import load_classifier, load_segmenter
from nanosieve.models import ModelCard, read_bundle, write_card
from nanosieve.testing import check_segmenter
from nanosieve_registry.remote.config import RemoteConfig
from served import serving

HOST = Host()
TOKEN = "a-token-of-the-laboratory"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A model with a digest of its own."""
    folder = tmp_path_factory.mktemp("model") / "spheres"
    folder.mkdir()
    card = ModelCard(name="spheres", kind="segmenter", plugin="threshold", plugin_version="0.1.0")
    write_card(folder, card)
    with serving(str(folder), waiting=0) as running:
        running.folder = folder
        yield running


def micrograph(**changes):
    rng = np.random.default_rng(3)
    y, x = np.indices((150, 190))
    pixels = 0.3 + 0.5 * ((x - 60) ** 2 + (y - 70) ** 2 < 900) + 0.4 * ((x - 140) ** 2 + (y - 60) ** 2 < 400)
    pixels = np.clip(pixels + rng.normal(0, 0.03, pixels.shape), 0, 1).astype(np.float32)
    return replace(Micrograph(pixels=pixels, pixel_size_nm=(1.5, 1.4), name="two discs"), **changes)


VALID = np.ones((150, 190), bool)
VALID[60:80, 40:60] = False


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"polarity": "bright", "polarity_certainty": 0.7},
        {"pixels": 1 - micrograph().pixels, "polarity": "dark"},
        {"valid": VALID},
        {"pixel_size_nm": None, "metadata": {"detector": "HAADF"}},
    ],
    ids=["plain", "bright", "dark", "masked", "transmission"],
)
def test_labels_and_foreground_are_those_of_here(server, changes):
    image = micrograph(**changes)
    here = load_segmenter(str(server.folder), HOST).tool.segment(image)
    there = load_segmenter(server.url, HOST).tool.segment(image)
    assert here.count >= 2
    assert np.array_equal(there.labels, here.labels)
    assert (there.foreground is None) == (here.foreground is None)
    if here.foreground is not None:
        assert np.array_equal(there.foreground, here.foreground)
    assert (there.polarity, there.warnings) == (here.polarity, here.warnings)


def test_what_the_segmenter_is_told_and_says_crosses_whole():
    seen = []

    class Echo:
        @hookimpl
        def nanosieve_segmenters(self):
            yield SegmenterSpec(name="echo", summary="Tells.", build=lambda context: self)

        def segment(self, image):
            seen.append(image)
            labels = (image.pixels > 0.5).astype(np.int32)
            return Segmentation(
                labels=labels,
                foreground=image.pixels,
                model="inner",
                polarity="dark",
                warnings=("dim", "soft"),
            )

    image = micrograph(
        valid=VALID, polarity="bright", polarity_certainty=0.75, metadata={"detector": "SE2", "n": [1]}
    )
    with serving("echo", classifier=None, plugins=Host(Echo())) as running:
        answer = load_segmenter(running.url, HOST).tool.segment(image)
        who = f"{running.url} echo -"
    sent = seen[-1]
    assert np.array_equal(sent.pixels, image.pixels)
    assert np.array_equal(sent.valid, image.valid)
    for name in ("pixel_size_nm", "name", "polarity", "polarity_certainty", "metadata"):
        assert getattr(sent, name) == getattr(image, name)
    assert np.array_equal(answer.foreground, image.pixels)
    assert (answer.model, answer.polarity, answer.warnings) == (f"{who}, inner", "dark", ("dim", "soft"))


def test_the_contract_of_segmenters_is_kept(server):
    class There(RemoteConfig):
        url: str = server.url

    check_segmenter(replace(HOST.segmenters["remote"], config=There))


def test_the_provenance_names_the_digest_of_the_model_there(server):
    provenance = load_segmenter(server.url, HOST).provenance()
    assert provenance["name"] == "remote"
    assert read_bundle(server.folder).digest in provenance["models"].values()
    assert all(name.startswith(f"{server.url} spheres") for name in provenance["models"])
    assert provenance["settings"]["url"] == server.url


def test_the_command_gives_the_table_that_the_model_gives_here(nanosieve, server, disc_image, tmp_path):
    finished = nanosieve(
        "analyze",
        disc_image,
        "--segmenter",
        server.url,
        "--classifier",
        "geometry",
        "--out",
        tmp_path / "results",
    )
    assert finished.returncode == 0, finished.stderr
    table = pd.read_parquet(tmp_path / "results" / "particles.parquet")
    here = analyze(
        open_micrograph(disc_image, readers=HOST.readers),
        segmenter=load_segmenter(str(server.folder), HOST).tool,
        classifier=load_classifier("geometry", HOST).tool,
        measures=HOST.measures,
    )
    pd.testing.assert_frame_equal(table, here.table, check_exact=True)
    images = pd.read_csv(tmp_path / "results" / "images.csv")
    assert list(images["model"]) == [f"{server.url} spheres"]


LIGHT = """
import sys
from nanosieve import Host
from nanosieve.loading import load_classifier, load_segmenter
load_segmenter(sys.argv[1], Host())
print([name for name in ("torch", "mlflow", "fastapi") if name in sys.modules])
"""


def test_neither_torch_nor_mlflow_is_imported(server):
    command = [sys.executable, "-c", LIGHT, server.url]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert finished.stdout.strip() == "[]", finished.stderr


def test_a_server_with_a_token_wants_it(monkeypatch):
    with serving(token=TOKEN) as guarded:
        monkeypatch.delenv("NANOSIEVE_TOKEN", raising=False)
        with pytest.raises(ModelError, match=rf"{guarded.url} refuses the token; NANOSIEVE_TOKEN must hold"):
            load_segmenter(guarded.url, HOST)
        monkeypatch.setenv("NANOSIEVE_TOKEN", TOKEN)
        assert load_segmenter(guarded.url, HOST).tool.segment(micrograph()).count == 2


def fails_within(seconds, url, match):
    begin = time.monotonic()
    with pytest.raises(ModelError, match=match):
        load_segmenter(url, HOST)
    assert time.monotonic() - begin < seconds


def test_an_address_where_nobody_listens_is_named_at_once():
    fails_within(15, "http://127.0.0.1:9", r"http://127\.0\.0\.1:9 cannot be reached: .*refused")
    fails_within(15, "http://nobody.invalid", r"http://nobody\.invalid cannot be reached")


def test_a_server_that_never_answers_is_named_within_15_s():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        fails_within(15, url, f"{url} does not answer in time")


def test_another_kind_of_server_is_told_apart():
    import http.server

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            fails_within(15, f"http://127.0.0.1:{other.server_port}", "is no `nanosieve models serve`")
        finally:
            other.shutdown()
            thread.join()


def test_a_server_that_dies_is_a_failure_of_the_picture_that_names_it():
    with serving() as mortal:
        tool = load_segmenter(mortal.url, HOST).tool
        url = mortal.url
    with pytest.raises(ModelError, match=rf"{url} cannot be reached"):
        tool.segment(micrograph())


def test_another_model_in_the_middle_of_a_run_is_refused():
    with serving(words={"settings": ["segmenter.method=li"]}) as first:
        tool = load_segmenter(first.url, HOST).tool
    with serving(words={"settings": ["segmenter.method=otsu"]}) as second:
        moved = replace(tool.segmenter, connection=load_segmenter(second.url, HOST).tool.segmenter.connection)
        with pytest.raises(ModelError, match="412: another model is served now; start anew"):
            moved.segment(micrograph())


def test_a_full_queue_is_waited_for(server):
    from concurrent.futures import ThreadPoolExecutor

    tool = load_segmenter(server.url, HOST).tool
    image = micrograph()
    # one has a place, nobody may wait: the others come again
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(tool.segment, image) for _ in range(3)]
        assert [answer.result().count for answer in answers] == [2, 2, 2]


def test_a_picture_that_takes_longer_than_allowed_is_said():
    class Slow:
        @hookimpl
        def nanosieve_segmenters(self):
            yield SegmenterSpec(name="slow", summary="Waits.", build=lambda context: self)

        def segment(self, image):
            time.sleep(1.5 if image.name == "two discs" else 0)
            return Segmentation(labels=np.zeros(image.shape, np.int32))

    with serving("slow", classifier=None, plugins=Host(Slow())) as running:
        tool = load_segmenter(running.url, HOST, {"timeout_s": 1}).tool
        with pytest.raises(ModelError, match=f"{running.url} does not answer in time"):
            tool.segment(micrograph())


def test_what_is_no_address_is_refused():
    for url, text in (
        ("http://user:word@lab:8700", "no user name or password; NANOSIEVE_TOKEN"),
        ("http://", "must be an address"),
        ("http://lab:8700/?x=1", "must be an address"),
    ):
        with pytest.raises(UsageError, match=text):
            load_segmenter(url, HOST)
    with pytest.raises(UsageError, match="needs an address: --segmenter http://"):
        load_segmenter("remote", HOST)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "lab.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "lab.key").write_bytes(private)
    return folder / "lab.pem", folder / "lab.key"


def test_https_with_a_certificate_of_the_laboratory(certificate, monkeypatch):
    public, private = certificate
    with serving(certificate=public, key=private, token=TOKEN) as running:
        assert running.url.startswith("https://")
        monkeypatch.setenv("NANOSIEVE_TOKEN", TOKEN)
        with pytest.raises(
            ModelError, match=rf"{running.url}: its certificate is not trusted; REQUESTS_CA_BUNDLE"
        ):
            load_segmenter(running.url, HOST)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(public))
        assert load_segmenter(running.url, HOST).tool.segment(micrograph()).count == 2


def test_half_a_certificate_is_refused(certificate, tmp_path):
    public, _ = certificate
    with pytest.raises(UsageError, match="both --certificate and --key"), serving(certificate=public):
        pass
    broken = tmp_path / "broken.key"
    broken.write_text("no key")
    with pytest.raises(UsageError, match="cannot be used"), serving(certificate=public, key=broken):
        pass
