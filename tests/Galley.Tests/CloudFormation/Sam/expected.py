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
        return {
            "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "AWSLambdaExecute": "arn:aws:iam::aws:policy/AWSLambdaExecute",
        }


for source, target in [
    (here / "features.yaml", here / "features.expected.json"),
    (root / "samples/cook-recipes/template.yaml", here / "cook-recipes.expected.json"),
]:
    text = source.read_text().replace("functions/publish/", "s3://bucket/code.zip")
    made = transform(yaml_parse(text), {}, ManagedPolicies())
    target.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")
