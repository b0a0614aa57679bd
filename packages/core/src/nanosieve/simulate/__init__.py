"""Simulated micrographs with exact answers."""

from nanosieve.simulate.files import write
from nanosieve.simulate.micrograph import Simulated, simulate
from nanosieve.simulate.settings import KINDS, Kind, SimulationSettings, random_settings

__all__ = ["KINDS", "Kind", "Simulated", "SimulationSettings", "random_settings", "simulate", "write"]
