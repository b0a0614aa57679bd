"""A server that runs until it is told to stop, and then finishes what it works on."""

from __future__ import annotations

import threading
from types import FrameType

import uvicorn

from nanosieve.errors import UsageError
from nanosieve_registry.serving.app import make_app
from nanosieve_registry.serving.choosing import Choice
from nanosieve_registry.serving.following import Follower
from nanosieve_registry.serving.queueing import WorkQueue
from nanosieve_registry.serving.settings import ServerSettings


class ModelServer:
    """A model behind an address.

    Parameters
    ----------
    choice : what is served
    settings : where, to whom and how much

    Raises
    ------
    NanosieveError
        If the address is in use, or the model cannot be had or does not work.
    """

    def __init__(self, choice: Choice, settings: ServerSettings) -> None:
        self._settings = settings
        self._queue = WorkQueue(settings.waiting)
        # a port in use is seen before a large model is loaded
        self._socket = settings.bind()
        self._port = int(self._socket.getsockname()[1])
        try:
            self.follower = Follower(choice.begin(), choice.look_up, choice.load, self._queue.between)
            app = make_app(self.follower, self._queue, settings, choice.host)
            self._server = Stoppable(_configured(app, settings), self._queue)
            # from now on nobody is turned away, even before the loop runs
            self._socket.listen()
        except BaseException:
            self._socket.close()
            self._queue.close()
            raise

    @property
    def url(self) -> str:
        """The address, for people."""
        return self._settings.url(self._port)

    def run(self) -> None:
        """Answer requests and follow the alias, until Ctrl-C, the signal to terminate or `stop`."""
        stopped = threading.Event()
        arguments = (self._settings.poll_s, stopped)
        threading.Thread(target=self.follower.follow, args=arguments, name="alias", daemon=True).start()
        try:
            self._server.run(sockets=[self._socket])
        except KeyboardInterrupt:  # uvicorn raises it again when all is finished
            pass
        finally:
            stopped.set()
            self._queue.close()

    def stop(self) -> None:
        """What Ctrl-C does, for another thread."""
        self._queue.stop()
        self._server.should_exit = True


class Stoppable(uvicorn.Server):
    """Stops the queue with itself: what waits is refused at once, what is at work is finished."""

    def __init__(self, config: uvicorn.Config, queue: WorkQueue) -> None:
        super().__init__(config)
        self._queue = queue

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called on Ctrl-C and on the signal to terminate; a second Ctrl-C stops without waiting."""
        self._queue.stop()
        super().handle_exit(sig, frame)


def _configured(app: object, settings: ServerSettings) -> uvicorn.Config:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
    )
    try:
        config.load()
    except OSError as error:  # that of ssl is one
        raise UsageError(
            f"certificate {str(settings.certificate)!r} or key {str(settings.key)!r} cannot be used: {error}"
        ) from error
    return config
