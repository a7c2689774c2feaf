"""boto3 on IAM, STS and identity pools. Argument: the endpoint."""
import json
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
iam, sts, pools = (boto3.client(name, endpoint_url=endpoint) for name in ("iam", "sts", "cognito-identity"))

for number in range(5):
    iam.create_user(UserName=f"user-{number}")
assert [user["UserName"] for page in iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}) for user in page["Users"]] == [f"user-{number}" for number in range(5)]
assert len([policy for page in iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 7}) for policy in page["Policies"]]) >= 30

trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}
role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
iam.get_waiter("role_exists").wait(RoleName="r")
assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == trust
iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": role["Arn"]}]}))
taken = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="py", Tags=[{"Key": "a", "Value": "1"}])["Credentials"]
session = boto3.client("iam", endpoint_url=endpoint, aws_access_key_id=taken["AccessKeyId"], aws_secret_access_key=taken["SecretAccessKey"], aws_session_token=taken["SessionToken"])
session.get_role(RoleName="r")
try:
    session.list_roles()
    raise SystemExit("list_roles was allowed")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDenied", error
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
assert "RoleLastUsed" in iam.get_role(RoleName="r")["Role"]

details = [detail for page in iam.get_paginator("get_account_authorization_details").paginate() for detail in page["RoleDetailList"]]
assert details[0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "iam:GetRole"
assert iam.get_account_summary()["SummaryMap"]["Users"] == 5

pool = pools.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
anonymous = boto3.client("cognito-identity", endpoint_url=endpoint, config=Config(signature_version=UNSIGNED))
identity = anonymous.get_id(IdentityPoolId=pool)["IdentityId"]
assert pools.describe_identity(IdentityId=identity)["IdentityId"] == identity
try:
    anonymous.get_credentials_for_identity(IdentityId=identity)
    raise SystemExit("there are no roles")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidIdentityPoolConfigurationException", error
print("all good")
