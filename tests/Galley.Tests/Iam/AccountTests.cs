using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Iam;

/// <summary>What the account has beside users and roles: providers, passwords, reports, the simulator, generated policies, audit mode.</summary>
public class AccountTests
{
    [Fact]
    public async Task Providers_keep_clients_thumbprints_and_tags()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var print = new string('a', 40);
        var arn = (string)(await root.Call("iam", "CreateOpenIDConnectProvider", new { Url = "https://token.actions.githubusercontent.com/", ClientIDList = new[] { "sts.amazonaws.com" }, ThumbprintList = new[] { print }, Tags = new[] { new { Key = "a", Value = "1" } } }))["OpenIDConnectProviderArn"]!;
        Assert.Equal("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", arn);
        Assert.Equal("EntityAlreadyExistsException", (await root.Fails("iam", "CreateOpenIDConnectProvider", new { Url = "https://token.actions.githubusercontent.com" })).Code);
        Start.Is(await root.Fails("iam", "CreateOpenIDConnectProvider", new { Url = "http://example.com" }), "ValidationError", 400, "Invalid Open ID Connect Provider URL");
        await root.Call("iam", "AddClientIDToOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn, ClientID = "b" });
        await root.Call("iam", "RemoveClientIDFromOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn, ClientID = "sts.amazonaws.com" });
        await root.Call("iam", "UpdateOpenIDConnectProviderThumbprint", new { OpenIDConnectProviderArn = arn, ThumbprintList = new[] { new string('b', 40) } });
        await root.Call("iam", "TagOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn, Tags = new[] { new { Key = "b", Value = "2" } } });
        await root.Call("iam", "UntagOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn, TagKeys = new[] { "a" } });
        var got = await root.Call("iam", "GetOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn });
        Assert.Equal(("token.actions.githubusercontent.com", "[\"b\"]", "[{\"Key\":\"b\",\"Value\":\"2\"}]"), ((string?)got["Url"], got["ClientIDList"]!.ToJsonString(), got["Tags"]!.ToJsonString()));
        Assert.Equal(arn, (string?)(await root.Call("iam", "ListOpenIDConnectProviders"))["OpenIDConnectProviderList"]![0]!["Arn"]);
        await root.Call("iam", "DeleteOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn });
        Start.Is(await root.Fails("iam", "GetOpenIDConnectProvider", new { OpenIDConnectProviderArn = arn }), "NoSuchEntityException", 404, $"OpenIDConnect Provider not found for arn {arn}");
    }

    [Fact]
    public async Task Users_have_passwords_renames_and_what_tools_ask_about_before_they_delete_them()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var ann = await Start.User(server, "ann", Start.Policy("Allow", "iam:ListUsers", "*"));
        await ann.Call("iam", "ListUsers");
        Start.Is(await root.Fails("iam", "GetLoginProfile", new { UserName = "ann" }), "NoSuchEntityException", 404, "Login Profile for User ann cannot be found.");
        await root.Call("iam", "CreateLoginProfile", new { UserName = "ann", Password = "Passw0rd!", PasswordResetRequired = true });
        Assert.Equal("EntityAlreadyExistsException", (await root.Fails("iam", "CreateLoginProfile", new { UserName = "ann", Password = "Passw0rd!" })).Code);
        Assert.True((bool)(await root.Call("iam", "GetLoginProfile", new { UserName = "ann" }))["LoginProfile"]!["PasswordResetRequired"]!);
        await root.Call("iam", "UpdateUser", new { UserName = "ann", NewUserName = "anna", NewPath = "/team/" });
        Start.Is(await ann.Fails("iam", "ListRoles"), "AccessDenied", 403, "User: arn:aws:iam::123456789012:user/team/anna is not authorized to perform: iam:ListRoles on resource: * because no identity-based policy allows the iam:ListRoles action");
        await ann.Call("iam", "ListUsers");
        Start.Is(await root.Fails("iam", "DeleteUser", new { UserName = "anna" }), "DeleteConflictException", 409, "Cannot delete entity, must delete policies first.");
        foreach (var list in (string[])["ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials"]) await root.Call("iam", list, new { UserName = "anna" });
        var key = (await root.Call("iam", "ListAccessKeys", new { UserName = "anna" }))["AccessKeyMetadata"]![0]!;
        Assert.Equal(("anna", "iam"), ((string?)(await root.Call("iam", "GetAccessKeyLastUsed", new { AccessKeyId = (string)key["AccessKeyId"]! }))["UserName"], (string?)(await root.Call("iam", "GetAccessKeyLastUsed", new { AccessKeyId = (string)key["AccessKeyId"]! }))["AccessKeyLastUsed"]!["ServiceName"]));
        await root.Call("iam", "DeleteUserPolicy", new { UserName = "anna", PolicyName = "p" });
        await root.Call("iam", "DeleteAccessKey", new { UserName = "anna", AccessKeyId = (string)key["AccessKeyId"]! });
        Start.Is(await root.Fails("iam", "DeleteUser", new { UserName = "anna" }), "DeleteConflictException", 409, "Cannot delete entity, must delete login profile first.");
        await root.Call("iam", "DeleteLoginProfile", new { UserName = "anna" });
        await root.Call("iam", "DeleteUser", new { UserName = "anna" });
    }

    [Fact]
    public async Task The_account_is_told_whole_and_service_linked_roles_belong_to_their_service()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await Start.User(server, "ann", Start.Policy("Allow", "s3:*", "*"));
        await root.Call("iam", "CreateGroup", new { GroupName = "g" });
        await root.Call("iam", "AddUserToGroup", new { GroupName = "g", UserName = "ann" });
        await root.Call("iam", "UpdateGroup", new { GroupName = "g", NewGroupName = "h" });
        var role = (await root.Call("iam", "CreateServiceLinkedRole", new { AWSServiceName = "replication.dynamodb.amazonaws.com" }))["Role"]!;
        Assert.Equal("arn:aws:iam::123456789012:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication", (string?)role["Arn"]);
        Assert.Equal("UnmodifiableEntityException", (await root.Fails("iam", "DeleteRole", new { RoleName = "AWSServiceRoleForDynamoDBReplication" })).Code);
        await root.Call("iam", "AttachUserPolicy", new { UserName = "ann", PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess" });
        var summary = (await root.Call("iam", "GetAccountSummary"))["SummaryMap"]!;
        Assert.Equal((1, 1, 1), ((int)summary["Users"]!, (int)summary["Groups"]!, (int)summary["Roles"]!));
        var details = await root.Call("iam", "GetAccountAuthorizationDetails");
        Assert.Equal(("ann", "h", "arn:aws:iam::aws:policy/ReadOnlyAccess"), ((string?)details["UserDetailList"]![0]!["UserName"], (string?)details["UserDetailList"]![0]!["GroupList"]![0], (string?)details["Policies"]![0]!["Arn"]));
        Assert.Empty((await root.Call("iam", "GetAccountAuthorizationDetails", new { Filter = new[] { "Group" } }))["UserDetailList"]!.AsArray());
        await root.Call("iam", "GenerateCredentialReport");
        var report = Encoding.UTF8.GetString(Convert.FromBase64String((string)(await root.Call("iam", "GetCredentialReport"))["Content"]!["$bytes"]!));
        Assert.Contains("\nann,arn:aws:iam::123456789012:user/ann,", report);
        var task = (string)(await root.Call("iam", "DeleteServiceLinkedRole", new { RoleName = "AWSServiceRoleForDynamoDBReplication" }))["DeletionTaskId"]!;
        Assert.Equal("SUCCEEDED", (string?)(await root.Call("iam", "GetServiceLinkedRoleDeletionStatus", new { DeletionTaskId = task }))["Status"]);
        Start.Is(await root.Fails("iam", "GetAccountPasswordPolicy"), "NoSuchEntityException", 404, "The Password Policy with domain name 123456789012 cannot be found.");
    }

    [Fact]
    public async Task The_simulator_answers_as_requests_are_answered()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("iam", "CreateUser", new { UserName = "u" });
        await root.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "p", PolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"StringEquals":{"s3:x":"1"}}},{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}""" });
        var answers = (await root.Call("iam", "SimulatePrincipalPolicy", new
        {
            PolicySourceArn = "arn:aws:iam::123456789012:user/u",
            ActionNames = new[] { "s3:GetObject", "s3:DeleteObject" },
            ResourceArns = new[] { "arn:aws:s3:::b/u/k", "arn:aws:s3:::b/v/k" },
            ContextEntries = new[] { new { ContextKeyName = "s3:x", ContextKeyValues = new[] { "1" }, ContextKeyType = "string" } },
        }))["EvaluationResults"]!.AsArray().Select(answer => $"{answer!["EvalActionName"]} {answer["EvalResourceName"]} {answer["EvalDecision"]}").Order();
        Assert.Equal(["s3:DeleteObject arn:aws:s3:::b/u/k explicitDeny", "s3:DeleteObject arn:aws:s3:::b/v/k explicitDeny", "s3:GetObject arn:aws:s3:::b/u/k allowed", "s3:GetObject arn:aws:s3:::b/v/k implicitDeny"], answers);
        var custom = (await root.Call("iam", "SimulateCustomPolicy", new { PolicyInputList = new[] { Start.Policy("Allow", "s3:*", "*", """{"Bool":{"aws:SecureTransport":"true"}}""") }, ActionNames = new[] { "s3:GetObject" } }))["EvaluationResults"]![0]!;
        Assert.Equal(("implicitDeny", "[\"aws:SecureTransport\"]"), ((string?)custom["EvalDecision"], custom["MissingContextValues"]!.ToJsonString()));
        Assert.Equal("[\"aws:username\",\"s3:x\"]", (await root.Call("iam", "GetContextKeysForPrincipalPolicy", new { PolicySourceArn = "arn:aws:iam::123456789012:user/u" }))["ContextKeyNames"]!.ToJsonString());
    }

    [Fact]
    public async Task The_least_policy_is_written_from_what_was_called_and_then_suffices()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("dynamodb", "CreateTable", new { TableName = "things", BillingMode = "PAY_PER_REQUEST", KeySchema = new[] { new { AttributeName = "k", KeyType = "HASH" } }, AttributeDefinitions = new[] { new { AttributeName = "k", AttributeType = "S" } } });
        await root.Call("s3", "CreateBucket", new { Bucket = "least-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        var user = await Start.User(server, "u", Start.Policy("Allow", "*", "*"));
        async Task Work()
        {
            await user.Call("dynamodb", "PutItem", new { TableName = "things", Item = new { k = new { S = "1" } } });
            await user.Call("s3", "PutObject", new { Bucket = "least-bucket", Key = "a/b", Body = "x" });
            await user.Call("s3", "PutObject", new { Bucket = "least-bucket", Key = "c", Body = "x" });
        }

        await Work();
        var job = (string)(await root.Call("accessanalyzer", "StartPolicyGeneration", new { policyGenerationDetails = new { principalArn = "arn:aws:iam::123456789012:user/u" } }))["jobId"]!;
        var policy = (string)(await root.Call("accessanalyzer", "GetGeneratedPolicy", new { jobId = job }))["generatedPolicyResult"]!["generatedPolicies"]![0]!["policy"]!;
        Assert.Equal("""[{"Effect":"Allow","Action":["dynamodb:PutItem"],"Resource":["arn:aws:dynamodb:eu-west-2:123456789012:table/things"]},{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::least-bucket/*"]}]""", JsonNode.Parse(policy)!["Statement"]!.ToJsonString());
        await root.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "p", PolicyDocument = policy });
        await Work();
        Assert.Equal("AccessDeniedException", (await user.Fails("dynamodb", "Scan", new { TableName = "things" })).Code);
    }

    [Fact]
    public async Task Audit_mode_logs_what_would_be_refused_and_lets_it_through_but_not_a_wrong_key()
    {
        var log = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, IamAudit = true, Log = log.Enqueue });
        var user = await Start.User(server, "u");
        await user.Call("dynamodb", "ListTables");
        Assert.Contains("audit: would refuse dynamodb:ListTables on * to arn:aws:iam::123456789012:user/u because no identity-based policy allows the dynamodb:ListTables action", log);
        Assert.Equal("UnrecognizedClientException", (await new AwsJs(server, "AKIAIOSFODNN7EXAMPLE", "x").Fails("dynamodb", "ListTables")).Code);
    }
}
