"""Feeding a data warehouse from a committed run: the only package that touches databases.

`load` brings one target to the state of a run, whole or not at all; `targets.target_of` reads a target's URL. Each
engine's library is imported when it is used, so that one needs only the extra of the target that one has.
"""

from etl.warehouse.loading import Loaded, load
from etl.warehouse.targets import target_of

__all__ = ["Loaded", "load", "target_of"]
