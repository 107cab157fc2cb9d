"""A simulator of the tenants' WordPress Multisite containers behind the internal ALB."""

from .control_client import ControlClient
from .packages import ContentPackage, PluginPackage, ThemePackage
from .server import SimulatorServer
from .simulator import create_app
from .state import SimulatorState
from .tenants import Tenant

__all__ = [
    "ContentPackage",
    "ControlClient",
    "PluginPackage",
    "SimulatorServer",
    "SimulatorState",
    "Tenant",
    "ThemePackage",
    "create_app",
]
