using System.Diagnostics;
using Galley.Tests.Iam;

namespace Galley.Tests.Kms;

/// <summary>Who may use a key: its policy first, the caller's own only where the key's hands it to the account.</summary>
public class KeyPoliciesTests
{
    private const string Text = "x";

    [Fact]
    public async Task The_first_policy_of_a_key_leaves_it_to_the_accounts_policies()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var arn = await KeysTests.Key(root);
        var policy = (string)(await root.Call("kms", "GetKeyPolicy", new { KeyId = arn }))["Policy"]!;
        Assert.Contains($"\"AWS\" : \"arn:aws:iam::{Start.Account}:root\"", policy);
        Assert.Equal("default", (string)(await root.Call("kms", "ListKeyPolicies", new { KeyId = arn }))["PolicyNames"]!.AsArray().Single()!);
        var (may, mayNot) = (await Start.User(server, "may", Start.Policy("Allow", "kms:Encrypt", arn)), await Start.User(server, "other"));
        await may.Call("kms", "Encrypt", Plain(arn));
        Start.Is(await mayNot.Fails("kms", "Encrypt", Plain(arn)), "AccessDeniedException", 400,
            $"User: arn:aws:iam::{Start.Account}:user/other is not authorized to perform: kms:Encrypt on resource: {arn} because no identity-based policy allows the kms:Encrypt action");
        Assert.Equal("AccessDeniedException", (await may.Fails("kms", "DescribeKey", new { KeyId = arn })).Code);
        // an alias is judged as its key, and a ciphertext as the key that made it
        await root.Call("kms", "CreateAlias", new { AliasName = "alias/a", TargetKeyId = arn });
        await may.Call("kms", "Encrypt", Plain("alias/a"));
        var blob = (await may.Call("kms", "Encrypt", Plain(arn)))["CiphertextBlob"]!;
        Assert.Equal("AccessDeniedException", (await may.Fails("kms", "Decrypt", new { CiphertextBlob = blob })).Code);
        await (await Start.User(server, "reader", Start.Policy("Allow", "kms:Decrypt", arn))).Call("kms", "Decrypt", new { CiphertextBlob = blob });
    }

    [Fact]
    public async Task A_key_policy_that_does_not_name_the_account_shuts_everybody_else_out_the_root_too()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var arn = await KeysTests.Key(root);
        var (alice, admin) = (await Start.User(server, "alice"), await Start.User(server, "admin", Start.Policy("Allow", "*", "*")));
        var hers = Policy("alice", "kms:Encrypt");
        var refused = await root.Fails("kms", "PutKeyPolicy", new { KeyId = arn, Policy = hers });
        Start.Is(refused, "MalformedPolicyDocumentException", 400, "The new key policy will not allow you to update the key policy in the future.");
        Assert.Equal("MalformedPolicyDocumentException", (await root.Fails("kms", "CreateKey", new { Policy = hers })).Code);
        await root.Call("kms", "PutKeyPolicy", new { KeyId = arn, Policy = hers, BypassPolicyLockoutSafetyCheck = true });
        await alice.Call("kms", "Encrypt", Plain(arn));
        Assert.Equal("AccessDeniedException", (await alice.Fails("kms", "DescribeKey", new { KeyId = arn })).Code);
        foreach (var other in (AwsJs[])[root, admin])
        {
            Assert.EndsWith("because no resource-based policy allows the kms:Encrypt action", (await other.Fails("kms", "Encrypt", Plain(arn))).Text);
            Assert.Equal("AccessDeniedException", (await other.Fails("kms", "ScheduleKeyDeletion", new { KeyId = arn })).Code);
            Assert.Equal("AccessDeniedException", (await other.Fails("kms", "CreateAlias", new { AliasName = "alias/stolen", TargetKeyId = arn })).Code);
        }

        // nor does a stack open it, or re-encryption
        await root.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = """{"Resources":{"A":{"Type":"AWS::KMS::Alias","Properties":{"AliasName":"alias/stolen","TargetKeyId":"KEY"}}}}""".Replace("KEY", arn, StringComparison.Ordinal) });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await CloudFormation.StacksTests.Settled(root, "s"))["StackStatus"]!);
        var mine = (await root.Call("kms", "Encrypt", Plain(await KeysTests.Key(root))))["CiphertextBlob"]!;
        var error = await admin.Fails("kms", "ReEncrypt", new { CiphertextBlob = mine, DestinationKeyId = arn });
        Assert.Contains("kms:ReEncryptTo", error.Text);
    }

    [Fact]
    public async Task An_aliass_rights_are_those_on_it_and_on_every_key_it_names()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var (first, second) = (await KeysTests.Key(root), await KeysTests.Key(root));
        var user = await Start.User(server, "u", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:UpdateAlias"],"Resource":["arn:aws:kms:eu-west-2:{{Start.Account}}:alias/u*","{{first}}"]}]}""");
        await user.Call("kms", "CreateAlias", new { AliasName = "alias/u1", TargetKeyId = first });
        Assert.Contains("alias/x1", (await user.Fails("kms", "CreateAlias", new { AliasName = "alias/x1", TargetKeyId = first })).Text);
        Assert.Contains(second, (await user.Fails("kms", "CreateAlias", new { AliasName = "alias/u2", TargetKeyId = second })).Text);
        Assert.Contains(second, (await user.Fails("kms", "UpdateAlias", new { AliasName = "alias/u1", TargetKeyId = second })).Text);
        await root.Call("kms", "UpdateAlias", new { AliasName = "alias/u1", TargetKeyId = second });
        Assert.Contains(second, (await user.Fails("kms", "UpdateAlias", new { AliasName = "alias/u1", TargetKeyId = first })).Text);
    }

    [Theory]
    [InlineData("""{"StringEquals":{"kms:EncryptionContext:tenant":"a"}}""")]
    [InlineData("""{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["tenant"]},"Null":{"kms:EncryptionContextKeys":"false"},"StringNotEquals":{"kms:EncryptionContext:tenant":"b"}}""")]
    public async Task An_encryption_context_decides(string condition)
    {
        await using var server = await Start.Server();
        var arn = await KeysTests.Key(new AwsJs(server));
        var user = await Start.User(server, "u", Start.Policy("Allow", "kms:Encrypt", "*", condition));
        await user.Call("kms", "Encrypt", new { KeyId = arn, Plaintext = AwsJs.Bytes("x"u8), EncryptionContext = new { tenant = "a" } });
        Assert.Equal("AccessDeniedException", (await user.Fails("kms", "Encrypt", new { KeyId = arn, Plaintext = AwsJs.Bytes("x"u8), EncryptionContext = new { tenant = "b" } })).Code);
        Assert.Equal("AccessDeniedException", (await user.Fails("kms", "Encrypt", Plain(arn))).Code);
    }

    [Theory]
    [InlineData("""{"StringEquals":{"kms:RequestAlias":"alias/a"}}""", "alias/a", true)]
    [InlineData("""{"StringEquals":{"kms:RequestAlias":"alias/a"}}""", "", false)]
    [InlineData("""{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}}""", "", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/b"}}""", "", false)]
    [InlineData("""{"StringEquals":{"aws:ResourceTag/team":"red"}}""", "alias/a", true)]
    [InlineData("""{"StringEquals":{"aws:ResourceTag/team":"blue"}}""", "alias/a", false)]
    [InlineData("""{"StringEquals":{"kms:CallerAccount":"123456789012","kms:KeySpec":"SYMMETRIC_DEFAULT"}}""", "", true)]
    public async Task Names_and_tags_of_a_key_decide(string condition, string named, bool may)
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var arn = (string)(await root.Call("kms", "CreateKey", new { Tags = new[] { new { TagKey = "team", TagValue = "red" } } }))["KeyMetadata"]!["Arn"]!;
        await root.Call("kms", "CreateAlias", new { AliasName = "alias/a", TargetKeyId = arn });
        var user = await Start.User(server, "u", Start.Policy("Allow", "kms:Encrypt", "*", condition));
        var input = Plain(named.Length > 0 ? named : arn);
        if (may) await user.Call("kms", "Encrypt", input);
        else Assert.Equal("AccessDeniedException", (await user.Fails("kms", "Encrypt", input)).Code);
    }

    [Fact]
    public async Task Boto3_encrypts_decrypts_and_pages()
    {
        const string script = """
            import sys, boto3
            kms = boto3.client("kms", endpoint_url=sys.argv[1], region_name="eu-west-2", aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3])
            ids = [kms.create_key(Description=str(n))["KeyMetadata"]["KeyId"] for n in range(3)]
            assert sorted(key["KeyId"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}) for key in page["Keys"]) == sorted(ids)
            blob = kms.encrypt(KeyId=ids[0], Plaintext=b"hush", EncryptionContext={"a": "1"})["CiphertextBlob"]
            assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"}, GrantTokens=[])["Plaintext"] == b"hush"
            try: kms.decrypt(CiphertextBlob=blob); raise SystemExit("decrypted")
            except kms.exceptions.InvalidCiphertextException: pass
            print("all good", kms.describe_key(KeyId=ids[0])["KeyMetadata"]["CreationDate"].year)
            """;
        Assert.SkipUnless((await Python("-c", "import boto3")).Code == 0, "boto3 is not installed");
        await using var server = await Start.Server();
        var (code, output) = await Python("-c", script, server.Endpoint.ToString(), server.AccessKeyId, server.SecretAccessKey);
        Assert.True(code == 0 && output.Contains("all good 20", StringComparison.Ordinal), output);
    }

    private static object Plain(string key) => new { KeyId = key, Plaintext = AwsJs.Bytes(System.Text.Encoding.UTF8.GetBytes(Text)) };

    private static string Policy(string user, string action) => $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{Start.Account}}:user/{{user}}"},"Action":"{{action}}","Resource":"*"}]}""";

    private static async Task<(int Code, string Output)> Python(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "no python3");
        }
    }
}
