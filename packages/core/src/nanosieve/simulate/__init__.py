"""Simulated micrographs with exact answers."""

from nanosieve.kinds import Kind
from nanosieve.simulate.files import write
from nanosieve.simulate.micrograph import LEAST_VISIBLE, Simulated, simulate
from nanosieve.simulate.settings import KINDS, SimulationSettings
from nanosieve.simulate.variation import crowded_settings, random_settings

__all__ = [
    "KINDS",
    "LEAST_VISIBLE",
    "Kind",
    "Simulated",
    "SimulationSettings",
    "crowded_settings",
    "random_settings",
    "simulate",
    "write",
]
