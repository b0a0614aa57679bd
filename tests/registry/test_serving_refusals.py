"""What a server refuses, with which status, and that it goes on afterwards."""

import io
import socket
import struct
import zlib

import numpy as np
import pytest
import requests
import tifffile

from nanosieve.errors import UsageError
from nanosieve_registry.serving.settings import ServerSettings, read_token
from pictures import draw_discs, write_tiff
from served import get, post, serving

TOKEN = "a-token-of-the-laboratory"
KNOWS = {"Authorization": f"Bearer {TOKEN}"}
MAX_MB = 0.2


@pytest.fixture(scope="module")
def server():
    with serving(token=TOKEN, max_mb=MAX_MB, most_pixels=1_000_000) as running:
        yield running


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp("images") / "discs.tif"
    return write_tiff(path, draw_discs((60, 60), [(30, 30, 12)])).read_bytes()


@pytest.fixture(autouse=True)
def still_answers(server, picture):
    yield
    assert post(server, "/analyze", picture, headers=KNOWS).status_code == 200


def refused(answer, status, text):
    assert answer.status_code == status, answer.text
    assert text in answer.json()["detail"]


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        "Bearer ü",
    ],
)
@pytest.mark.parametrize("path", ["/analyze", "/segment"])
def test_without_the_token_nothing_is_done(server, picture, said, path):
    headers = {} if said is None else {"Authorization": said.encode()}
    # before anything else is looked at
    answer = post(server, f"{path}?nonsense=1", picture, headers=headers)
    refused(answer, 401, "the token is missing or wrong")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_without_the_token_no_model_is_named(server):
    assert get(server, "/model").status_code == 401
    assert get(server, "/metrics").status_code == 401
    assert get(server, "/health").json() == {"status": "ok"}
    assert get(server, "/health", headers=KNOWS).json()["model"] == "threshold"


def test_the_scheme_of_the_token_may_be_written_in_any_case(server):
    assert get(server, "/model", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


def talk(server, data):
    """The status and text that come back while the request has not ended."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(data)
        answer = b""
        while b"larger than" not in answer:
            part = connection.recv(65536)
            assert part, answer
            answer += part
    return answer


HEAD = f"POST /analyze HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n".encode()


def test_a_request_that_declares_too_much_is_refused_before_it_is_sent(server):
    answer = talk(server, HEAD + b"Content-Length: 100000000000\r\n\r\n")
    assert b"413" in answer.split(b"\r\n")[0]
    assert b"larger than 200,000 bytes" in answer


def test_a_request_that_does_not_say_how_long_it_is_is_refused_where_it_gets_too_large(server):
    chunk = b"%x\r\n%s\r\n" % (50_000, bytes(50_000))
    # it goes on for ever, as far as the server knows
    answer = talk(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + 5 * chunk)
    assert b"413" in answer.split(b"\r\n")[0]


def test_a_client_that_sends_too_much_at_once_reads_why(server):
    refused(post(server, "/analyze", bytes(3_000_000), headers=KNOWS), 413, "larger than 200,000 bytes")


def test_a_request_that_never_arrives_ends(picture):
    with serving(upload_s=0.5) as slow:
        host, port = slow.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                b"POST /analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nII*"
            )
            assert b"408" in connection.recv(65536).split(b"\r\n")[0]
        assert get(slow, "/health").json()["queue"] == 0


def png(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def huge_tiff():
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((1200, 1200), np.uint8), compression="zlib")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no picture in the request"),
        (b"\xff\xd8\xff\xe0 a JPEG", "neither PNG nor TIFF"),
        (b"II*\0", "damaged"),
        (b"\x89PNG\r\n\x1a\n\0\0", "damaged"),
        (png(1000, 900), "cannot be decoded"),
        (png(1_000_000, 1_000_000), "declares 1,000,000,000,000 pixels, more than 1,000,000"),
        (png(0, 7), "holds no pixels"),
        (huge_tiff(), "declares 1,440,000 pixels"),
    ],
)
def test_a_broken_picture_is_refused_with_the_reason(server, data, text):
    refused(post(server, "/analyze", data, headers=KNOWS), 422, text)


def test_a_truncated_picture_is_refused(server, picture):
    refused(post(server, "/analyze", picture[: len(picture) // 2], headers=KNOWS), 422, "truncated")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("pixelsize=5", "there is no query parameter 'pixelsize' here; did you mean 'pixel_size'?"),
        ("treshold=0.5", "there is no query parameter 'treshold' here"),
        ("format=xlsx", "'format' = 'xlsx'"),
        ("pixel_size=5", "pixel size '5' is not a number with a unit"),
        ("pixel_size=-5 nm", "pixel size '-5 nm'"),
        ("name=", "'name' = ''"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(server, picture, query, text):
    refused(post(server, f"/analyze?{query}", picture, headers=KNOWS), 422, text)


def test_parameters_are_refused_everywhere_where_there_are_none(server):
    for path in ("/health", "/model", "/metrics"):
        refused(get(server, f"{path}?x=1", headers=KNOWS), 422, "no query parameter 'x'")
    refused(post(server, "/segment?x=1", b"", headers=KNOWS), 422, "no query parameter 'x'")


def test_two_pixel_sizes_are_refused(server, picture):
    headers = KNOWS | {"X-Pixel-Size": "5 nm"}
    refused(post(server, "/analyze?pixel_size=5 nm", picture, headers=headers), 422, "given twice")


def test_a_picture_without_scale_is_refused_with_the_remedy(server, tmp_path):
    path = write_tiff(tmp_path / "plain.tif", draw_discs((100, 100), []), pixel_size_nm=None)
    refused(
        post(server, "/analyze", path.read_bytes(), headers=KNOWS),
        422,
        "'picture' has no pixel size; send it as pixel_size",
    )


def test_a_format_that_it_does_not_have_is_refused(server, picture):
    headers = KNOWS | {"Accept": "image/png"}
    refused(post(server, "/analyze", picture, headers=headers), 406, "application/vnd.apache.parquet")


def test_every_refusal_is_counted_by_its_status(server, picture):
    def count(status):
        line = f'nanosieve_requests_total{{path="/analyze",status="{status}"}} '
        text = get(server, "/metrics", headers=KNOWS).text
        return next((float(row.removeprefix(line)) for row in text.splitlines() if row.startswith(line)), 0)

    before = {status: count(status) for status in (200, 401, 422)}
    post(server, "/analyze", picture)
    post(server, "/analyze", b"x", headers=KNOWS)
    assert count(401) == before[401] + 1
    assert count(422) == before[422] + 1
    assert count(200) == before[200]
    assert 'nanosieve_model{digest="' in get(server, "/metrics", headers=KNOWS).text


def test_paths_that_are_guessed_make_no_new_counters(server):
    for number in range(3):
        assert get(server, f"/guess{number}", headers=KNOWS).status_code == 404
    text = get(server, "/metrics", headers=KNOWS).text
    assert "guess" not in text
    assert 'path="other",status="404"' in text


def test_pages_that_describe_it_are_there_only_when_asked_for(server):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert get(server, path, headers=KNOWS).status_code == 404
    with serving(openapi=True) as open_one:
        described = get(open_one, "/openapi.json").json()
        assert set(described["paths"]) == {"/health", "/metrics", "/model", "/analyze", "/segment"}
        parameters = described["paths"]["/analyze"]["post"]["parameters"]
        assert {each["name"] for each in parameters} >= {"pixel_size", "name", "format"}
        assert get(open_one, "/docs").status_code == 404


def test_a_page_elsewhere_that_points_its_own_name_here_is_turned_away():
    with serving() as local:
        assert get(local, "/health", headers={"Host": "evil.example"}).status_code == 400
        assert get(local, "/health", headers={"Host": "localhost:80"}).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "lab-server"])
def test_other_machines_need_a_token(host):
    with pytest.raises(UsageError, match=r"lets other machines in; give a token"):
        ServerSettings(host=host)
    ServerSettings(host=host, token=TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_needs_none(host):
    assert ServerSettings(host=host).is_local


def test_a_short_token_is_refused():
    with pytest.raises(UsageError, match="at least 16 characters"):
        ServerSettings(token="secret")


def test_the_token_of_a_file_is_over_that_of_the_environment(tmp_path):
    file = tmp_path / "token.txt"
    file.write_text(f"{TOKEN}\n")
    assert read_token(file, "another") == TOKEN
    assert read_token(None, " another\n") == "another"
    assert read_token(None, None) is None
    with pytest.raises(UsageError, match="cannot be read"):
        read_token(tmp_path / "none.txt", None)


def test_ipv6_is_served_where_the_machine_has_it():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert requests.get(f"{server.url}/health", timeout=20).status_code == 200
