"""Every call of the console that changes something, as "Copy as" shows it, against the AWS CLI's own names (botocore's models). Prints what differs."""

import json
import pathlib
import re
import subprocess

import botocore.session
from botocore import xform_name

root = pathlib.Path(__file__).parents[2]
services = {"client-cognito-identity-provider": "cognito-idp", "client-cloudwatch-logs": "logs"}
called = {"client-cognito-identity-provider": "cognito", "client-cloudwatch-logs": "logs"}
cli_names = {"s3": "s3api"}
reads = re.compile("^(List|Describe|Get|Head|Scan|Query|Filter|Simulate)")

calls = set()
for source in (root / "console" / "src").rglob("*.ts*"):
    text = source.read_text()
    for names, client in re.findall(r"import \{([^}]*)\} from '@aws-sdk/(client-[\w-]+)'", text):
        for operation in re.findall(r"\b(\w+)Command\b", names):
            if not reads.match(operation):
                calls.add((client, operation))

session = botocore.session.get_session()
asked = []
for client, operation in sorted(calls):
    name = services.get(client, client.removeprefix("client-"))
    model = session.get_service_model(name).operation_model(operation)
    members = list(model.input_shape.members) if model.input_shape else []
    asked.append((name, called.get(client, name), operation, members))

said = json.loads(
    subprocess.run(
        ["node", "copyas.mjs", "--cli"],
        cwd=root / "tests" / "clients",
        input=json.dumps([{"service": service, "operation": operation, "input": {member: "x" for member in members}} for _, service, operation, members in asked]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
)["each"]
for (name, _, operation, members), one in zip(asked, said):
    words = one["cli"].replace("\\\n", " ").split()
    wanted = ["aws", cli_names.get(name, name), xform_name(operation, "-")]
    if words[:3] != wanted:
        print(f"{operation}: {words[:3]}, the CLI has {wanted}")
    options = {word for word in words if word.startswith("--")}
    expected = {"--" + xform_name(member, "-") for member in members}
    if options != expected:
        print(f"{operation}: {sorted(options - expected)}, the CLI has {sorted(expected - options)}")
print(f"{len(asked)} calls")
