"""Servers of models in this process, on free ports of this machine."""

import threading
from contextlib import contextmanager

import requests

from nanosieve import Host
from nanosieve_registry.serving.choosing import Choice
from nanosieve_registry.serving.server import ModelServer
from nanosieve_registry.serving.settings import ServerSettings

WORDS = {"pixel_size": None, "unit": "nm", "polarity": "auto", "device": "cpu"}


@contextmanager
def serving_references(references, *, plugins=None, words=None, **settings):
    """A running server, which is stopped afterwards."""
    choice = Choice(host=plugins or Host(), references=references, words=WORDS | (words or {}))
    server = ModelServer(choice, ServerSettings(port=0, **settings))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(60)
        assert not thread.is_alive()


def serving(segmenter="threshold", *, classifier="geometry", **options):
    """The same of a segmenter and a classifier."""
    references = {"segmenter": segmenter} | ({"classifier": classifier} if classifier else {})
    return serving_references(references, **options)


def post(server, path, data, **options):
    """Send bytes to a server."""
    return requests.post(server.url + path, data=data, timeout=60, **options)


def get(server, path, **options):
    """Ask a server."""
    return requests.get(server.url + path, timeout=60, **options)
