"""Writes what AWS's own translator (pip install aws-sam-translator) makes of the templates here: the expected data of SamTransformTests."""
import json
import os
import pathlib

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

here = pathlib.Path(__file__).parent
root = here.parents[3]


class ManagedPolicies:
    def load(self):
        return {}


for source in [*sorted(here.glob("*.yaml")), root / "samples/cook-recipes/template.yaml"]:
    text = source.read_text().replace("functions/publish/", "s3://bucket/code.zip")
    target = here / ((source.stem if source.parent == here else source.parent.name) + ".expected.json")
    try:
        made = transform(yaml_parse(text), {}, ManagedPolicies())
    except Exception as e:
        raise SystemExit(f"{source.name}: {e}: {getattr(e, 'message', '')}: {[c.message for c in getattr(e, 'causes', [])]}")
    for resource in made["Resources"].values():  # the translator keeps these in sets
        if isinstance(resource.get("DependsOn"), list):
            resource["DependsOn"].sort()
    target.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
