"""Real WordPress on loopback: a Multisite network for each tenant, from Debian's packages."""

from .machine import LackingError, lacking
from .running import RealWordPress

__all__ = ["LackingError", "RealWordPress", "lacking"]
