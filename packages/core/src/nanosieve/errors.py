"""What can go wrong, by what the user can do about it."""


class NanosieveError(Exception):
    """Base of all errors that nanosieve raises on purpose; the message names the value and the remedy."""


class UsageError(NanosieveError):
    """A name, option or path that the user gave cannot be used."""


class ReadError(NanosieveError):
    """A file cannot be read as a micrograph."""


class ScaleError(NanosieveError):
    """The size of a pixel is missing, contradictory or impossible."""


class PluginError(NanosieveError):
    """A plugin is missing, broken, ambiguous or raised while it worked."""


class ContractError(PluginError):
    """A plugin returned something that its contract forbids."""


class ModelError(NanosieveError):
    """A model bundle is incomplete, changed, or needs a plugin that is not there."""


class DataError(NanosieveError):
    """Labelled data are missing, do not fit together or cannot be read; all that is wrong is listed."""


class TrainingError(NanosieveError):
    """Training cannot go on."""


class ResultsError(NanosieveError):
    """Results of an earlier run are missing, damaged or not what their contract says."""


class OutputError(NanosieveError):
    """A result cannot be written."""


def one_line(error: BaseException) -> str:
    """An error as one line for people: its message, or its type where it has none."""
    message = " ".join(str(error).split())
    if isinstance(error, NanosieveError):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
