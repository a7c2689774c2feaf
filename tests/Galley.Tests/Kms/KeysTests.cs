using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;
using Galley.Tests.Iam;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Kms;

/// <summary>KMS through the AWS SDK: keys, aliases, what they encrypt, how they end.</summary>
public class KeysTests
{
    [Fact]
    public async Task A_key_is_made_described_listed_tagged_and_named()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var made = (await js.Call("kms", "CreateKey", new { Description = "for codes", Tags = new[] { new { TagKey = "team", TagValue = "red" } } }))["KeyMetadata"]!;
        var (id, arn) = ((string)made["KeyId"]!, (string)made["Arn"]!);
        Assert.Equal($"arn:aws:kms:eu-west-2:{Start.Account}:key/{id}", arn);
        Assert.Equal(("Enabled", true, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "AWS_KMS", "CUSTOMER", "for codes"),
            ((string)made["KeyState"]!, (bool)made["Enabled"]!, (string)made["KeyUsage"]!, (string)made["KeySpec"]!, (string)made["Origin"]!, (string)made["KeyManager"]!, (string)made["Description"]!));
        await js.Call("kms", "CreateAlias", new { AliasName = "alias/codes", TargetKeyId = id });
        foreach (var name in (string[])[id, arn, "alias/codes", $"arn:aws:kms:eu-west-2:{Start.Account}:alias/codes"])
            Assert.Equal(id, (string)(await js.Call("kms", "DescribeKey", new { KeyId = name }))["KeyMetadata"]!["KeyId"]!);
        Assert.Equal("AlreadyExistsException", (await js.Fails("kms", "CreateAlias", new { AliasName = "alias/codes", TargetKeyId = id })).Code);

        var other = (string)(await js.Call("kms", "CreateKey"))["KeyMetadata"]!["KeyId"]!;
        await js.Call("kms", "UpdateAlias", new { AliasName = "alias/codes", TargetKeyId = other });
        Assert.Equal(other, (string)(await js.Call("kms", "ListAliases", new { KeyId = other }))["Aliases"]!.AsArray().Single()!["TargetKeyId"]!);
        Assert.Empty((await js.Call("kms", "ListAliases", new { KeyId = id }))["Aliases"]!.AsArray());
        await js.Call("kms", "DeleteAlias", new { AliasName = "alias/codes" });
        Start.Is(await js.Fails("kms", "DescribeKey", new { KeyId = "alias/codes" }), "NotFoundException", 400, $"Alias arn:aws:kms:eu-west-2:{Start.Account}:alias/codes is not found.");

        var page = await js.Call("kms", "ListKeys", new { Limit = 1 });
        Assert.True((bool)page["Truncated"]!);
        var rest = await js.Call("kms", "ListKeys", new { Limit = 1, Marker = (string)page["NextMarker"]! });
        Assert.False((bool)rest["Truncated"]!);
        Assert.Equal(new[] { id, other }.Order(), new[] { page, rest }.Select(one => (string)one["Keys"]![0]!["KeyId"]!).Order());

        await js.Call("kms", "UpdateKeyDescription", new { KeyId = id, Description = "other words" });
        await js.Call("kms", "TagResource", new { KeyId = id, Tags = new[] { new { TagKey = "more", TagValue = "1" } } });
        await js.Call("kms", "UntagResource", new { KeyId = id, TagKeys = new[] { "team" } });
        Assert.Equal("more", (string)(await js.Call("kms", "ListResourceTags", new { KeyId = id }))["Tags"]!.AsArray().Single()!["TagKey"]!);
        Assert.Equal("other words", (string)(await js.Call("kms", "DescribeKey", new { KeyId = id }))["KeyMetadata"]!["Description"]!);
    }

    [Fact]
    public async Task What_a_key_encrypts_only_it_decrypts_and_only_whole_with_its_context()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var (arn, other) = (await Key(js), await Key(js));
        await js.Call("kms", "CreateAlias", new { AliasName = "alias/a", TargetKeyId = arn });
        var context = new { purpose = "test", user = "alice" };
        var made = await js.Call("kms", "Encrypt", new { KeyId = "alias/a", Plaintext = AwsJs.Bytes("secret"u8), EncryptionContext = context });
        Assert.Equal((arn, "SYMMETRIC_DEFAULT"), ((string)made["KeyId"]!, (string)made["EncryptionAlgorithm"]!));
        var blob = Bytes(made["CiphertextBlob"]!);
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(blob));
        var opened = await js.Call("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes(blob), EncryptionContext = new { user = "alice", purpose = "test" } });
        Assert.Equal((arn, "secret"), ((string)opened["KeyId"]!, Encoding.UTF8.GetString(Bytes(opened["Plaintext"]!))));

        foreach (var wrong in (object[])[new { purpose = "test" }, new { purpose = "test", user = "bob" }, new { purposetest = "", user = "alice" }, new { }])
            Assert.Equal("InvalidCiphertextException", (await js.Fails("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes(blob), EncryptionContext = wrong })).Code);
        foreach (var at in (int[])[0, 17, 20, 24, 33, 40, blob.Length - 1])
        {
            var changed = blob.ToArray();
            changed[at] ^= 1;
            Assert.Equal("InvalidCiphertextException", (await js.Fails("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes(changed), EncryptionContext = context })).Code);
        }

        Assert.Equal("InvalidCiphertextException", (await js.Fails("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes("short"u8) })).Code);
        Assert.Equal("IncorrectKeyException", (await js.Fails("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes(blob), EncryptionContext = context, KeyId = other })).Code);

        var again = await js.Call("kms", "ReEncrypt", new { CiphertextBlob = AwsJs.Bytes(blob), SourceEncryptionContext = context, DestinationKeyId = other });
        Assert.Equal((arn, other), ((string)again["SourceKeyId"]!, (string)again["KeyId"]!));
        Assert.Equal("secret", Encoding.UTF8.GetString(Bytes((await js.Call("kms", "Decrypt", new { CiphertextBlob = again["CiphertextBlob"]!.DeepClone() }))["Plaintext"]!)));
    }

    [Fact]
    public async Task A_data_key_comes_plain_and_wrapped()
    {
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        var arn = await Key(js);
        var made = await js.Call("kms", "GenerateDataKey", new { KeyId = arn, KeySpec = "AES_256", EncryptionContext = new { a = "1" } });
        Assert.Equal(32, Bytes(made["Plaintext"]!).Length);
        var opened = await js.Call("kms", "Decrypt", new { CiphertextBlob = made["CiphertextBlob"]!.DeepClone(), EncryptionContext = new { a = "1" } });
        Assert.Equal(Bytes(made["Plaintext"]!), Bytes(opened["Plaintext"]!));
        Assert.Equal(5, Bytes((await js.Call("kms", "GenerateDataKey", new { KeyId = arn, NumberOfBytes = 5 }))["Plaintext"]!).Length);
        var wrapped = await js.Call("kms", "GenerateDataKeyWithoutPlaintext", new { KeyId = arn, KeySpec = "AES_128" });
        Assert.Null(wrapped["Plaintext"]);
        Assert.Equal(16, Bytes((await js.Call("kms", "Decrypt", new { CiphertextBlob = wrapped["CiphertextBlob"]!.DeepClone() }))["Plaintext"]!).Length);
        Assert.Equal("ValidationException", (await js.Fails("kms", "GenerateDataKey", new { KeyId = arn })).Code);
        Assert.Equal("DryRunOperationException", (await js.Fails("kms", "GenerateDataKey", new { KeyId = arn, KeySpec = "AES_256", DryRun = true })).Code);
    }

    [Fact]
    public async Task A_disabled_key_and_one_about_to_go_do_nothing_and_after_its_window_it_is_gone()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, Time = time, AnyCredentials = true });
        var js = new AwsJs(server);
        var arn = await Key(js);
        await js.Call("kms", "CreateAlias", new { AliasName = "alias/a", TargetKeyId = arn });
        object plain = new { KeyId = "alias/a", Plaintext = AwsJs.Bytes("x"u8) };
        var blob = (await js.Call("kms", "Encrypt", plain))["CiphertextBlob"]!;
        object sealedBlob = new { CiphertextBlob = blob };

        await js.Call("kms", "DisableKey", new { KeyId = arn });
        Start.Is(await js.Fails("kms", "Encrypt", plain), "DisabledException", 400, arn + " is disabled.");
        Assert.Equal("DisabledException", (await js.Fails("kms", "Decrypt", sealedBlob)).Code);
        await js.Call("kms", "EnableKey", new { KeyId = arn });
        await js.Call("kms", "Decrypt", sealedBlob);

        var ending = await js.Call("kms", "ScheduleKeyDeletion", new { KeyId = arn, PendingWindowInDays = 7 });
        Assert.Equal((arn, "PendingDeletion", 7), ((string)ending["KeyId"]!, (string)ending["KeyState"]!, (int)ending["PendingWindowInDays"]!));
        Start.Is(await js.Fails("kms", "Decrypt", sealedBlob), "KMSInvalidStateException", 400, arn + " is pending deletion.");
        Assert.Equal("KMSInvalidStateException", (await js.Fails("kms", "EnableKey", new { KeyId = arn })).Code);
        Assert.Equal(arn, (string)(await js.Call("kms", "CancelKeyDeletion", new { KeyId = arn }))["KeyId"]!);
        Assert.Equal("Disabled", (string)(await js.Call("kms", "DescribeKey", new { KeyId = arn }))["KeyMetadata"]!["KeyState"]!);
        await js.Call("kms", "EnableKey", new { KeyId = arn });
        await js.Call("kms", "Decrypt", sealedBlob);

        Assert.Equal("ValidationException", (await js.Fails("kms", "ScheduleKeyDeletion", new { KeyId = arn, PendingWindowInDays = 6 })).Code);
        await js.Call("kms", "ScheduleKeyDeletion", new { KeyId = arn, PendingWindowInDays = 7 });
        time.Advance(TimeSpan.FromDays(7));
        Assert.Equal("NotFoundException", (await js.Fails("kms", "Decrypt", sealedBlob)).Code);
        Assert.Equal("NotFoundException", (await js.Fails("kms", "CancelKeyDeletion", new { KeyId = arn })).Code);
        Assert.Empty((await js.Call("kms", "ListKeys"))["Keys"]!.AsArray());
        Assert.Empty((await js.Call("kms", "ListAliases"))["Aliases"]!.AsArray());
    }

    [Fact]
    public async Task A_rotated_key_encrypts_anew_and_still_decrypts_what_it_did()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, Time = time, AnyCredentials = true });
        var js = new AwsJs(server);
        var arn = await Key(js);
        Assert.False((bool)(await js.Call("kms", "GetKeyRotationStatus", new { KeyId = arn }))["KeyRotationEnabled"]!);
        await js.Call("kms", "EnableKeyRotation", new { KeyId = arn, RotationPeriodInDays = 90 });
        var status = await js.Call("kms", "GetKeyRotationStatus", new { KeyId = arn });
        Assert.Equal((true, 90), ((bool)status["KeyRotationEnabled"]!, (int)status["RotationPeriodInDays"]!));
        var older = Bytes((await js.Call("kms", "Encrypt", new { KeyId = arn, Plaintext = AwsJs.Bytes("old"u8) }))["CiphertextBlob"]!);
        time.Advance(TimeSpan.FromDays(91));
        var newer = Bytes((await js.Call("kms", "Encrypt", new { KeyId = arn, Plaintext = AwsJs.Bytes("new"u8) }))["CiphertextBlob"]!);
        Assert.NotEqual(older[17..21], newer[17..21]); // the number of the material
        foreach (var (blob, text) in ((byte[], string)[])[(older, "old"), (newer, "new")])
            Assert.Equal(text, Encoding.UTF8.GetString(Bytes((await js.Call("kms", "Decrypt", new { CiphertextBlob = AwsJs.Bytes(blob) }))["Plaintext"]!)));
        await js.Call("kms", "DisableKeyRotation", new { KeyId = arn });
        Assert.False((bool)(await js.Call("kms", "GetKeyRotationStatus", new { KeyId = arn }))["KeyRotationEnabled"]!);
    }

    [Theory]
    [InlineData("""{"KeySpec":"RSA_2048"}""", "UnsupportedOperationException", "Galley does not support KeySpec RSA_2048.")]
    [InlineData("""{"KeyUsage":"SIGN_VERIFY"}""", "UnsupportedOperationException", "Galley does not support KeyUsage SIGN_VERIFY.")]
    [InlineData("""{"Origin":"EXTERNAL"}""", "UnsupportedOperationException", "Galley does not support Origin EXTERNAL.")]
    [InlineData("""{"MultiRegion":true}""", "UnsupportedOperationException", "Galley does not support MultiRegion keys.")]
    [InlineData("""{"Policy":"{}"}""", "MalformedPolicyDocumentException", "")]
    public async Task What_a_key_cannot_be_is_refused_by_name(string input, string code, string text)
    {
        await using var server = await Start.Server();
        var error = await Assert.ThrowsAsync<AwsJsError>(() => new AwsJs(server).Call("kms", "CreateKey", JsonNode.Parse(input)!));
        Assert.Equal(code, error.Code);
        if (text.Length > 0) Assert.Equal(text, error.Text);
        Assert.Equal("UnknownOperationException", (await new AwsJs(server).Fails("kms", "Sign", new { KeyId = "alias/x", Message = AwsJs.Bytes("x"u8), SigningAlgorithm = "RSASSA_PSS_SHA_256" })).Code);
    }

    /// <summary>The material lies in the data folder sealed, and a server that comes up again decrypts with it.</summary>
    [Fact]
    public async Task A_key_outlives_its_server()
    {
        var folder = Directory.CreateTempSubdirectory("galley-kms-").FullName;
        try
        {
            JsonNode blob;
            await using (var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, DataFolder = folder }))
            {
                var js = new AwsJs(server);
                blob = (await js.Call("kms", "Encrypt", new { KeyId = await Key(js), Plaintext = AwsJs.Bytes("kept"u8) }))["CiphertextBlob"]!.DeepClone();
            }

            await using var again = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Start.Account, DataFolder = folder });
            Assert.Equal("kept", Encoding.UTF8.GetString(Bytes((await new AwsJs(again).Call("kms", "Decrypt", new { CiphertextBlob = blob }))["Plaintext"]!)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_stack_makes_a_key_and_its_alias_changes_them_and_lets_them_go()
    {
        const string template = """
            Parameters: {Text: {Type: String, Default: one}, On: {Type: String, Default: 'true'}}
            Resources:
              Key:
                Type: AWS::KMS::Key
                Properties:
                  Description: !Ref Text
                  Enabled: !Ref On
                  EnableKeyRotation: 'true'
                  PendingWindowInDays: 7
                  KeyPolicy:
                    Version: '2012-10-17'
                    Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}]
                  Tags: [{Key: team, Value: red}]
              Alias: {Type: 'AWS::KMS::Alias', Properties: {AliasName: alias/codes, TargetKeyId: !Ref Key}}
            Outputs: {Id: {Value: !Ref Key}, Arn: {Value: !GetAtt Key.Arn}, Alias: {Value: !Ref Alias}}
            """;
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.Equal(("alias/codes", $"arn:aws:kms:eu-west-2:{Start.Account}:key/{outputs["Id"]}"), (outputs["Alias"], outputs["Arn"]));
        await js.Call("kms", "Encrypt", new { KeyId = "alias/codes", Plaintext = AwsJs.Bytes("x"u8) });
        Assert.Equal(365, (int)(await js.Call("kms", "GetKeyRotationStatus", new { KeyId = outputs["Id"] }))["RotationPeriodInDays"]!);

        async Task Update(string text, string on) => await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = template, Parameters = new[] { new { ParameterKey = "Text", ParameterValue = text }, new { ParameterKey = "On", ParameterValue = on } } });
        await Update("two", "false");
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        var key = (await js.Call("kms", "DescribeKey", new { KeyId = outputs["Id"] }))["KeyMetadata"]!;
        Assert.Equal(("two", "Disabled"), ((string)key["Description"]!, (string)key["KeyState"]!));
        await Update("three", "true");
        Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
        Assert.Equal("Enabled", (string)(await js.Call("kms", "DescribeKey", new { KeyId = outputs["Id"] }))["KeyMetadata"]!["KeyState"]!);

        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, (string)stack["StackId"]!))["StackStatus"]!);
        Assert.Equal("PendingDeletion", (string)(await js.Call("kms", "DescribeKey", new { KeyId = outputs["Id"] }))["KeyMetadata"]!["KeyState"]!);
        Assert.Equal("NotFoundException", (await js.Fails("kms", "DescribeKey", new { KeyId = "alias/codes" })).Code);
    }

    [Fact]
    public async Task Terraform_applies_a_key_and_an_alias_finds_nothing_to_change_and_destroys_them()
    {
        static string Text(string description) => $$"""
            resource "aws_kms_key" "codes" {
              description             = "{{description}}"
              deletion_window_in_days = 7
              enable_key_rotation     = true
              rotation_period_in_days = 180
              tags                    = { team = "red" }
              policy = jsonencode({
                Version   = "2012-10-17"
                Statement = [{ Sid = "all", Effect = "Allow", Principal = { AWS = "arn:aws:iam::{{Start.Account}}:root" }, Action = "kms:*", Resource = "*" }]
              })
            }
            resource "aws_kms_alias" "codes" {
              name          = "alias/codes"
              target_key_id = aws_kms_key.codes.key_id
            }
            data "aws_kms_key" "by_alias" { key_id = aws_kms_alias.codes.name }
            output "arn" { value = data.aws_kms_key.by_alias.arn }
            """;
        await using var server = await Start.Server();
        using var terraform = await Terraform.Of(server, Text("one"));
        await terraform.Apply();
        await terraform.Change(Text("two"));
        await terraform.Apply();
        await terraform.PlanNothing();
        var arn = (string)(await terraform.Outputs())["arn"]!["value"]!;
        var js = new AwsJs(server);
        Assert.Equal("two", (string)(await js.Call("kms", "DescribeKey", new { KeyId = arn }))["KeyMetadata"]!["Description"]!);
        await terraform.Destroy();
        Assert.Equal("PendingDeletion", (string)(await js.Call("kms", "DescribeKey", new { KeyId = arn }))["KeyMetadata"]!["KeyState"]!);
    }

    internal static async Task<string> Key(AwsJs js) => (string)(await js.Call("kms", "CreateKey"))["KeyMetadata"]!["Arn"]!;

    internal static byte[] Bytes(JsonNode json) => Convert.FromBase64String((string)json["$bytes"]!);
}
