"""The plugin host: finds plugins, keeps what they offer by name, and reports what is wrong with them."""

from __future__ import annotations

import difflib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pluggy

from nanosieve import builtin, hooks
from nanosieve.errors import PluginError, UsageError
from nanosieve.specs import (
    ClassifierSpec,
    ExporterSpec,
    Measure,
    ModelStoreSpec,
    ReaderSpec,
    SegmenterSpec,
    Spec,
    TrackerSpec,
    WeightMapSpec,
)

if TYPE_CHECKING:
    import typer

STRICT = "NANOSIEVE_STRICT_PLUGINS"
DISABLE = "NANOSIEVE_DISABLE_PLUGINS"

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Provider:
    """Who offers something: the plugin's name, and the distribution that brought it."""

    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version} (plugin {self.plugin!r})"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a plugin; the others work."""

    provider: Provider
    error: str

    def __str__(self) -> str:
        return f"{self.provider}: {self.error}"


class Catalogue(Mapping[str, S], Generic[S]):
    """What all plugins together offer of one kind, by name."""

    def __init__(self, spec: type[S]) -> None:
        self.spec = spec
        self._specs: dict[str, S] = {}
        self._providers: dict[str, list[Provider]] = {}
        self._problems: list[Problem] = []

    @property
    def kind(self) -> str:
        """What the records are, in words: ``"weight map"``."""
        return self.spec.kind

    def provider(self, name: str) -> Provider:
        """Who offers `name`."""
        self[name]
        return self._providers[name][0]

    def pick(self, names: Iterable[str]) -> dict[str, S]:
        """The records of some names, each once, by what error messages call them: kind, name and provider."""
        return {f"{self.kind} {name!r} of {self.provider(name)}": self[name] for name in dict.fromkeys(names)}

    def claimed(self, name: str) -> bool:
        """Whether anybody offers `name`, even where two do and it cannot be used."""
        return name in self._providers

    def __getitem__(self, name: str) -> S:
        providers = self._providers.get(name, [])
        if len(providers) > 1:
            raise UsageError(f"{self.kind} {name!r} is {_doubled(providers)}")
        if name not in self._specs:
            raise UsageError(self._unknown(name))
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, providers in self._providers.items() if len(providers) == 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return len(self._providers.get(str(name), [])) == 1

    def _add(self, spec: S, provider: Provider) -> list[Problem]:
        providers = self._providers.setdefault(spec.name, [])
        providers.append(provider)
        self._specs.setdefault(spec.name, spec)
        if len(providers) == 1:
            return []
        return [Problem(provider, f"{self.kind} {spec.name!r} is {_doubled(providers)}")]

    def _unknown(self, name: str) -> str:
        message = f"no {self.kind} is called {name!r}"
        close = difflib.get_close_matches(name, list(self), n=1)
        message += f"; did you mean {close[0]!r}?" if close else "."
        message += f" There are: {', '.join(sorted(self)) or 'none'}."
        if self._problems:
            message += " Not loaded: " + "; ".join(str(problem) for problem in self._problems) + "."
        return message


class Host:
    """All plugins of this installation, or only those handed over.

    Parameters
    ----------
    plugins : objects with hook implementations, beside the built-in ones
    entry_points : whether to load the plugins that installed distributions declare in the entry-point group
        ``nanosieve``; ``NANOSIEVE_DISABLE_PLUGINS=a,b`` leaves out the plugins or distributions named

    Raises
    ------
    PluginError
        If a plugin has a problem and ``NANOSIEVE_STRICT_PLUGINS=1`` is set; otherwise `problems` lists it.
    """

    def __init__(self, *plugins: object, entry_points: bool = True) -> None:
        self._manager = pluggy.PluginManager(hooks.PROJECT)
        self._manager.add_hookspecs(hooks)
        self._providers: dict[str, Provider] = {}
        self._problems: list[Problem] = []
        self.disabled: list[Provider] = []
        self.segmenters = Catalogue(SegmenterSpec)
        self.weight_maps = Catalogue(WeightMapSpec)
        self.classifiers = Catalogue(ClassifierSpec)
        self.measures = Catalogue(Measure)
        self.readers = Catalogue(ReaderSpec)
        self.exporters = Catalogue(ExporterSpec)
        self.model_stores = Catalogue(ModelStoreSpec)
        self.trackers = Catalogue(TrackerSpec)
        self._register(builtin, Provider("builtin", "nanosieve-core", _version("nanosieve-core")))
        for plugin in plugins:
            self._register(plugin, _provider_of(plugin))
        if entry_points:
            self._load_entry_points()
        self._fill()
        for catalogue in self.catalogues.values():
            catalogue._problems = self._problems
        if self._problems and os.environ.get(STRICT) == "1":
            raise PluginError("; ".join(str(problem) for problem in self._problems))

    @property
    def catalogues(self) -> dict[str, Catalogue[Any]]:
        """The catalogues by the name of their kind in the plural: ``"weight_maps"``."""
        return {
            "segmenters": self.segmenters,
            "weight_maps": self.weight_maps,
            "classifiers": self.classifiers,
            "measures": self.measures,
            "readers": self.readers,
            "exporters": self.exporters,
            "model_stores": self.model_stores,
            "trackers": self.trackers,
        }

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, plugin by plugin."""
        return tuple(self._problems)

    @property
    def providers(self) -> tuple[Provider, ...]:
        """The plugins that loaded."""
        return tuple(self._providers.values())

    def modules(self) -> dict[str, ModuleType]:
        """The plugins that are modules, by the name of the plugin."""
        found = {name: self._manager.get_plugin(name) for name in self._providers}
        return {name: plugin for name, plugin in found.items() if isinstance(plugin, ModuleType)}

    def add_commands(self, app: typer.Typer) -> None:
        """Let the plugins add their commands; one that fails becomes a problem."""
        for implementation in self._manager.hook.nanosieve_commands.get_hookimpls():
            try:
                implementation.function(app)
            except Exception as error:  # a stranger's code; the other commands must still appear
                self._report(self._providers[implementation.plugin_name], error)

    def _load_entry_points(self) -> None:
        disabled = {name.strip() for name in os.environ.get(DISABLE, "").split(",")} - {""}
        entry_points = importlib.metadata.entry_points(group=hooks.PROJECT)
        # sorted: the order on disk differs from machine to machine
        for entry_point in sorted(entry_points, key=lambda found: (found.name, found.value)):
            distribution = entry_point.dist.name if entry_point.dist else "?"
            version = entry_point.dist.version if entry_point.dist else "?"
            provider = Provider(entry_point.name, distribution, version)
            if disabled & {entry_point.name, distribution}:
                self.disabled.append(provider)
                continue
            try:
                plugin = entry_point.load()
            except Exception as error:  # a stranger's import may fail in any way; the others must still load
                self._report(provider, error)
            else:
                self._register(plugin, provider)

    def _register(self, plugin: object, provider: Provider) -> None:
        try:
            self._manager.register(plugin, name=provider.plugin)
        except (ValueError, pluggy.PluginValidationError) as error:
            self._report(provider, error)
            return
        self._providers[provider.plugin] = provider
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:  # a hook that does not exist: most likely misspelt
            self._report(provider, error)
            self._manager.unregister(plugin)
            del self._providers[provider.plugin]

    def _fill(self) -> None:
        for plural, catalogue in self.catalogues.items():
            caller = getattr(self._manager.hook, f"nanosieve_{plural}")
            for implementation in caller.get_hookimpls():
                provider = self._providers[implementation.plugin_name]
                try:
                    for spec in implementation.function():
                        if not isinstance(spec, catalogue.spec):
                            wanted = catalogue.spec.__name__
                            raise TypeError(
                                f"nanosieve_{plural} gave a {type(spec).__name__}, not a {wanted}"
                            )
                        self._problems += catalogue._add(spec, provider)
                except Exception as error:  # a stranger's code; the other plugins must still be offered
                    self._report(provider, error)

    def _report(self, provider: Provider, error: Exception) -> None:
        self._problems.append(Problem(provider, f"{type(error).__name__}: {error}"))


def _doubled(providers: list[Provider]) -> str:
    return (
        f"offered by {' and by '.join(str(provider) for provider in providers)}; "
        f"leave one out with {DISABLE}={providers[-1].plugin}"
    )


def _provider_of(plugin: object) -> Provider:
    name = getattr(plugin, "__name__", type(plugin).__name__)
    module = sys.modules.get(getattr(plugin, "__module__", name))
    return Provider(name, name.partition(".")[0], str(getattr(module, "__version__", "-")))


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "-"
