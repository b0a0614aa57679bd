"""From the words of a stranger to a tool: options and sizes are judged before any memory is taken."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nanosieve import Context, Host
from nanosieve.errors import NanosieveError, UsageError
from nanosieve.guards import GuardedClassifier, GuardedSegmenter, blame
from nanosieve.host import Catalogue
from nanosieve.loading import Loaded
from nanosieve.options import configure
from nanosieve.specs import ClassifierSpec, Config, SegmenterSpec, resolve
from nanosieve_registry.exchange.refusal import RefusedError
from nanosieve_registry.exchange.tensors import Shapes

# No option of a plugin here comes near; what does is a mistake or an attempt to fill the memory.
LARGEST_NUMBER, LONGEST_TEXT, LONGEST_LIST, DEEPEST = 1e7, 200, 200, 4
# A name of an encoder or method. A colon or slash would name a place outside the file: a folder, a server, a hub.
PLAIN_TEXT = re.compile(r"[A-Za-z0-9_.+ -]*")
# Tensors of calibration lie beside those of the network.
BESIDE = "calibration."

ToolSpec = SegmenterSpec | ClassifierSpec
Tool = GuardedSegmenter | GuardedClassifier


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What it takes to build one tool.

    Attributes
    ----------
    kind, plugin, plugin_version : what builds it, and the version that the sender had
    config : every option that the sender set
    classes, calibration : of the model's card
    shapes : of all tensors of the weights; None without weights
    choices : options that name tools among which it chooses, which are in the file
    """

    kind: Literal["segmenter", "classifier"]
    plugin: str
    plugin_version: str
    config: Mapping[str, Any]
    classes: tuple[str, ...] = ()
    calibration: Mapping[str, float] = field(default_factory=dict)
    shapes: Shapes | None = None
    choices: frozenset[str] = frozenset()


def check_fits(plan: Plan, host: Host) -> None:
    """Refuse a tool that cannot be built here, without building it.

    Raises
    ------
    RefusedError
        If the plugin is not here, its options do not accept what the sender set, an option is absurd or leads out of
        the file, or the weights are not those of the network that the options describe.
    """
    _check_value(plan.config, "config", 0)
    catalogue, spec = _plugin(plan, host)
    config = _options(plan, spec)
    _check_choices(plan, spec)
    # what it may choose is in the file, whatever these options name
    _check_value(config.model_dump(mode="json", exclude=set(plan.choices and spec.chooses)), "config", 0)
    if spec.network is None or plan.shapes is None:
        return
    expected = _shapes_of(plan, spec, config, f"{catalogue.kind} {spec.name!r}")
    own = {name: shape for name, shape in plan.shapes.items() if not name.startswith(BESIDE)}
    for name in sorted(expected.keys() | own.keys()):
        if expected.get(name) != own.get(name):
            raise RefusedError(
                f"the weights are not those of the network in the card: {name!r} is {_said(own.get(name))}, "
                f"where the network has {_said(expected.get(name))}"
            )


def build(
    plan: Plan, weights: Path | None, host: Host, tools: Mapping[str, Loaded[Any]] | None = None
) -> Tool:
    """The plugin's own tool, without what the host puts around it, on the processor.

    `check_fits` must have passed.

    Parameters
    ----------
    tools : those of `Plan.choices`
    """
    catalogue, spec = _plugin(plan, host)
    context = Context(
        config=_options(plan, spec),
        weights=weights,
        device="cpu",
        classes=plan.classes,
        calibration=plan.calibration,
        tools=tools or {},
    )
    who = f"{catalogue.kind} {spec.name!r} of {catalogue.provider(spec.name)}"
    with blame(who):
        tool = resolve(spec.build)(context)
    return GuardedSegmenter(tool, who) if plan.kind == "segmenter" else GuardedClassifier(tool, who)


def _check_choices(plan: Plan, spec: ToolSpec) -> None:
    """Refuse a tool that would choose among others than those that came with it."""
    if unknown := sorted(plan.choices - set(spec.chooses)):
        raise RefusedError(
            f"{plan.kind} {spec.name!r} does not choose by an option {unknown[0]!r}, which the file says"
        )
    if plan.choices and (named := sorted(plan.config.keys() & set(spec.chooses))):
        raise RefusedError(f"option {named[0]!r} of {plan.kind} {spec.name!r} names a tool outside the file")


def _plugin(plan: Plan, host: Host) -> tuple[Catalogue[Any], ToolSpec]:
    catalogue: Catalogue[Any] = host.segmenters if plan.kind == "segmenter" else host.classifiers
    try:
        return catalogue, catalogue[plan.plugin]
    except UsageError as error:
        raise RefusedError(
            f"it needs the {plan.kind} plugin {plan.plugin!r} {plan.plugin_version}, which is not here: {error}"
        ) from error


def _options(plan: Plan, spec: ToolSpec) -> Config:
    try:
        return configure(spec.config, plan.config, f"{plan.kind} {spec.name!r}")
    except UsageError as error:
        raise RefusedError(f"its options do not suit the plugin: {error}") from error


def _shapes_of(plan: Plan, spec: ToolSpec, config: Config, who: str) -> Shapes:
    """Shapes of the network's tensors; on torch's meta device they take no memory, however large."""
    import torch

    assert spec.network is not None
    arguments = (config,) if plan.kind == "segmenter" else (config, len(plan.classes))
    try:
        with blame(who), torch.device("meta"):
            network = resolve(spec.network)(*arguments)
    except NanosieveError as error:
        raise RefusedError(f"the network in the card cannot be made: {error}") from error
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}


def _check_value(value: Any, where: str, depth: int) -> None:
    """Refuse what no plugin needs."""
    if depth > DEEPEST:
        raise RefusedError(f"option {where} is nested too deeply")
    if isinstance(value, Mapping):
        if len(value) > LONGEST_LIST:
            raise RefusedError(f"option {where} has {len(value)} entries")
        for name, inner in value.items():
            _check_value(name, f"{where}, a name", depth + 1)
            _check_value(inner, f"{where}.{name}", depth + 1)
    elif isinstance(value, list | tuple):
        if len(value) > LONGEST_LIST:
            raise RefusedError(f"option {where} has {len(value)} entries")
        for inner in value:
            _check_value(inner, where, depth + 1)
    elif isinstance(value, str):
        if len(value) > LONGEST_TEXT or not PLAIN_TEXT.fullmatch(value):
            raise RefusedError(
                f"option {where} = {value[:60]!r} is no plain name: it may lead out of the file"
            )
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
        raise RefusedError(f"option {where} = {str(value)[:20]} is absurd; at most {LARGEST_NUMBER:.0f}")


def _said(shape: tuple[int, ...] | None) -> str:
    return "not there" if shape is None else f"of shape {shape}"
