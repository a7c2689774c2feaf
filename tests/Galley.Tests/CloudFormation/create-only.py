"""Writes which properties cannot be changed in place, by AWS's resource schemas as cfn-lint carries them (pip install cfn-lint): the facts of ReplacementTests.

    python3 create-only.py < types.txt > create-only.txt
"""
import importlib
import json
import pathlib
import sys

import cfnlint.data.schemas as schemas

FOLDER = pathlib.Path(next(iter(schemas.__path__)))
REGIONS = [importlib.import_module("cfnlint.data.schemas.providers." + region).types for region in ("eu_west_2", "us_east_1")]


def top(path):
    return path.removeprefix("/properties/").split("/")[0]


for name in sorted(line.strip() for line in sys.stdin if line.strip()):
    found = next((region[name] for region in REGIONS if name in region), None)
    if found is None:
        continue
    schema = json.loads((FOLDER / "resources" / (found + ".json")).read_text())
    sometimes = {top(path) + "?" for path in schema.get("conditionalCreateOnlyProperties", [])}
    print(" ".join([name, *sorted({top(path) for path in schema.get("createOnlyProperties", [])} | sometimes)]))
