"""Two contracts of import-linter that its own kinds cannot say: floors inside each area, and who may use a package."""

from fnmatch import fnmatchcase
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class FloorsContract(Contract):
    """In every area, `store` imports neither the domain nor `api`, and the domain does not import `api`.

    Of other areas, everybody may use the domain; their `api` belongs to the composition root and to `rpc` alone, and
    their `store` to store, domain and the composition root.
    """

    type_name = "floors"

    root: Any = fields.StringField()  # a descriptor: on the instance it is the text
    top: Any = fields.StringField()
    bottom: Any = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  # the base class's
        broken = sorted(
            f"{importer} -> {imported}"
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if self._is_upward(importer, imported)
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        _print(check)

    def _is_upward(self, importer: str, imported: str) -> bool:
        ours, theirs = self._place(importer), self._place(imported)
        if ours is None or theirs is None or ours[0] != theirs[0]:
            return False
        return ours[1] < theirs[1]

    def _place(self, module: str) -> tuple[str, int] | None:
        """The area of a module and its floor in it: 0 store, 1 domain, 2 api; None outside areas."""
        parts = module.split(".")
        if parts[0] != self.root or len(parts) < 3:
            return None
        floor = 2 if parts[2] == self.top else 0 if parts[2] == self.bottom else 1
        return parts[1], floor


class ForbiddenOutsideContract(Contract):
    """Packages that only some modules may import. `allowed` are patterns of modules below the root."""

    type_name = "forbidden_outside"

    root: Any = fields.StringField()  # a descriptor: on the instance it is the text
    forbidden_modules: Any = fields.ListField(subfield=fields.StringField())
    allowed: Any = fields.ListField(subfield=fields.StringField())
    allowed_imports: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002  # the base class's
        broken = [
            f"{importer}: {detail['line_contents']}"
            for package in self.forbidden_modules
            if package in graph.modules
            for importer in sorted(graph.find_modules_that_directly_import(package))
            if self._is_outside(importer)
            for detail in graph.get_import_details(importer=importer, imported=package)
            if not self._is_allowed(detail["line_contents"])
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        _print(check)

    def _is_outside(self, importer: str) -> bool:
        below = importer.removeprefix(f"{self.root}.")
        is_ours = below != importer
        return is_ours and not any(fnmatchcase(below, each) or fnmatchcase(below, f"{each}.*") for each in self.allowed)

    def _is_allowed(self, line: str) -> bool:
        return any(line.startswith(f"from {module} import ") for module in self.allowed_imports)


def _print(check: ContractCheck) -> None:
    for line in check.metadata["broken"]:
        output.print_error(line)
