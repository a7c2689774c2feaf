# boto3 signs in, as an administrator and as a user, told nothing but the endpoint (AWS_ENDPOINT_URL). Prints what happened, line by line.
import base64, hashlib, hmac, os, struct, sys, time
import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

admin = boto3.client("cognito-idp")
app = boto3.client("cognito-idp", config=Config(signature_version=UNSIGNED))

def totp(secret, shift=0):
    mac = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), struct.pack(">Q", int(time.time()) // 30 + shift), hashlib.sha1).digest()
    at = mac[19] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)

def refused(call, **given):
    try:
        call(**given)
        return "in"
    except ClientError as e:
        return "%s %s" % (e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Code"])

pool = admin.create_user_pool(PoolName="people", Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}])["UserPool"]["Id"]
client = admin.create_user_pool_client(UserPoolId=pool, ClientName="app", GenerateSecret=True, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]
hashed = lambda name: base64.b64encode(hmac.new(client["ClientSecret"].encode(), (name + client["ClientId"]).encode(), hashlib.sha256).digest()).decode()
ID = {"ClientId": client["ClientId"]}

app.sign_up(**ID, SecretHash=hashed("ann"), Username="ann", Password="Passw0rd!", UserAttributes=[{"Name": "email", "Value": "ann@example.com"}, {"Name": "custom:team", "Value": "red"}])
admin.admin_confirm_sign_up(UserPoolId=pool, Username="ann")
tokens = app.initiate_auth(**ID, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": "Passw0rd!", "SECRET_HASH": hashed("ann")}, UserContextData={"EncodedData": "x"}, AnalyticsMetadata={"AnalyticsEndpointId": "x"})["AuthenticationResult"]
print(tokens["TokenType"], tokens["ExpiresIn"], app.get_user(AccessToken=tokens["AccessToken"])["Username"])
again = app.initiate_auth(**ID, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": hashed("ann")})["AuthenticationResult"]
print("RefreshToken" in again, app.get_user(AccessToken=again["AccessToken"])["Username"])

admin.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True})
secret = app.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
print(app.verify_software_token(AccessToken=tokens["AccessToken"], UserCode=totp(secret), FriendlyDeviceName="phone")["Status"])
app.set_user_mfa_preference(AccessToken=tokens["AccessToken"], SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
asked = admin.admin_initiate_auth(UserPoolId=pool, **ID, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": "Passw0rd!", "SECRET_HASH": hashed("ann")}, ContextData={"IpAddress": "127.0.0.1", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []})
answered = admin.admin_respond_to_auth_challenge(UserPoolId=pool, **ID, ChallengeName=asked["ChallengeName"], Session=asked["Session"], ChallengeResponses={"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": totp(secret, 1), "SECRET_HASH": hashed("ann")})
print(asked["ChallengeName"], sorted(answered["AuthenticationResult"]))
app.global_sign_out(AccessToken=answered["AuthenticationResult"]["AccessToken"])
print(refused(app.get_user, AccessToken=tokens["AccessToken"]), refused(app.initiate_auth, **ID, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": "x", "SECRET_HASH": hashed("ann")}))

made = admin.admin_create_user(UserPoolId=pool, Username="tom", TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS", UserAttributes=[{"Name": "email", "Value": "tom@example.com"}])["User"]
asked = app.initiate_auth(**ID, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "tom", "PASSWORD": "Temp0rary!", "SECRET_HASH": hashed("tom")})
answered = app.respond_to_auth_challenge(**ID, ChallengeName=asked["ChallengeName"], Session=asked["Session"], ChallengeResponses={"USERNAME": "tom", "NEW_PASSWORD": "Passw0rd!!", "SECRET_HASH": hashed("tom")})
print(made["UserStatus"], asked["ChallengeName"], answered["AuthenticationResult"]["TokenType"])
for i in range(7):
    admin.create_group(UserPoolId=pool, GroupName="g%d" % i)
    admin.admin_add_user_to_group(UserPoolId=pool, Username="tom", GroupName="g%d" % i)
pages = lambda name, **given: list(admin.get_paginator(name).paginate(UserPoolId=pool, **given))
print([len(page["Groups"]) for page in pages("list_groups", PaginationConfig={"PageSize": 3})], [len(page["Groups"]) for page in pages("admin_list_groups_for_user", Username="tom", PaginationConfig={"PageSize": 4})])
print([[user["Username"] for user in page["Users"]] for page in pages("list_users", PaginationConfig={"PageSize": 1})], [user["Username"] for page in pages("list_users_in_group", GroupName="g0") for user in page["Users"]])
print(refused(boto3.client("cognito-idp", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="x" * 40).list_user_pools, MaxResults=1))
