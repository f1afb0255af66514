"""The rules that workflows can use: one class in one module each, found by themselves."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from tidings_server.workflow.engine.rule import WorkflowRule

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

RULES: Final[Mapping[str, WorkflowRule]] = {
    rule.name: rule() for rule in sorted(WorkflowRule.__subclasses__(), key=lambda one: one.name)
}
"""Every rule by its name."""
