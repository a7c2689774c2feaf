using Galley.State;

namespace Galley.Tests.Server;

/// <summary>`galley snapshot` and `galley seed` as a user types them: the state as files, in another Galley, after kill -9.</summary>
public class SnapshotCommandTests
{
    private const string Template = """
        Resources:
          Notes:
            Type: AWS::DynamoDB::Table
            Properties: { TableName: notes, BillingMode: PAY_PER_REQUEST, KeySchema: [{ AttributeName: id, KeyType: HASH }], AttributeDefinitions: [{ AttributeName: id, AttributeType: S }] }
          Files: { Type: 'AWS::S3::Bucket' }
          Pool: { Type: 'AWS::Cognito::UserPool' }
          Client: { Type: 'AWS::Cognito::UserPoolClient', Properties: { UserPoolId: !Ref Pool, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } }
        Outputs: { ClientId: { Value: !Ref Client } }
        """;

    [Fact]
    public async Task A_state_is_saved_as_readable_files_and_is_another_Galleys_whole_state_even_after_kill_9()
    {
        using var place = new Workplace();
        place.Write("app/galley.yaml", "stack: app\nseed:\n  - file: seed.yaml\n");
        place.Write("app/template.yaml", Template);
        var large = place.Write("app/large.bin", new string('x', 100_000) + "end");
        place.Write("app/seed.yaml", "users: [{ name: ann, password: Passw0rd!, groups: [admin] }]\ntables: { Notes: [{ id: one, text: Grüezi }] }\nbuckets: { Files: { a.txt: Hello, large.bin: { file: large.bin } } }\n");
        var dir = Path.Combine(place.Folder, "snapshots");
        string clientId;
        await using (var program = await place.Start())
        {
            await Ok(place.Galley("deploy", Path.Combine(place.Folder, "app"), "--port", program.PortText));
            await Ok(place.Galley("seed", Path.Combine(place.Folder, "app", "seed.yaml"), "--port", program.PortText)); // again: nothing twice
            using var aws = await program.Client();
            var stack = (await aws.Query("cloudformation", "Action=DescribeStacks&Version=2010-05-15")).Body;
            clientId = System.Text.RegularExpressions.Regex.Match(stack, "<OutputValue>([^<]+)<").Groups[1].Value;
            Assert.Contains("AccessToken", await SignIn(program, clientId));
            await Ok(place.Galley("snapshot", "save", "first", "--dir", dir, "--port", program.PortText));
            await aws.Json("dynamodb", "DynamoDB_20120810.PutItem", new { TableName = "notes", Item = new { id = new { S = "two" } } });
            var diff = await place.Galley("snapshot", "diff", "first", "--dir", dir, "--port", program.PortText);
            Assert.Equal(1, diff.Code);
            Assert.Contains("+ [\"dynamodb\",", diff.Out, StringComparison.Ordinal);
        }

        // people can read it
        var items = await File.ReadAllTextAsync(Path.Combine(dir, "first", "store", "dynamodb.jsonl"));
        Assert.Contains("\"text\":{\"S\":\"Grüezi\"}", items, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(dir, "first", "keys.json")));
        Assert.Matches(@"^first +\d{4}-\d\d-\d\d .* entries", (await place.Galley("snapshot", "list", "--dir", dir)).Out);

        // another installation, with keys of its own
        using var other = new Workplace();
        await using (var program = await other.Start())
        {
            await Ok(other.Galley("snapshot", "load", "first", "--dir", dir, "--port", program.PortText));
            await Same(program);
            await program.Kill();
        }

        await using (var program = await other.Start()) await Same(program);

        async Task Same(RunningProgram program)
        {
            using var aws = await program.Client();
            Assert.Contains("Grüezi", (await aws.TryJson("dynamodb", "DynamoDB_20120810.GetItem", new { TableName = "notes", Key = new { id = new { S = "one" } } })).Body, StringComparison.Ordinal);
            Assert.Contains("AccessToken", await SignIn(program, clientId));
            await Ok(other.Galley("snapshot", "save", "again", "--dir", dir, "--port", program.PortText));
            Assert.Equal(await File.ReadAllTextAsync(large), System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(dir, "again", "blobs-s3")).Single())));
            // tokens and log-ins are the only news
            var diff = (await place.Galley("snapshot", "diff", "first", "again", "--dir", dir)).Out;
            Assert.DoesNotContain("[\"dynamodb\"", diff, StringComparison.Ordinal);
            Assert.DoesNotContain("[\"s3\"", diff, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_no_snapshot_is_refused_in_words_and_changes_nothing()
    {
        using var place = new Workplace();
        var dir = Path.Combine(place.Folder, "snapshots");
        using (var elsewhere = new Workplace())
        await using (var other = await elsewhere.Start("--account", "111111111111"))
            await Ok(elsewhere.Galley("snapshot", "save", "theirs", "--dir", dir, "--port", other.PortText));
        await using var program = await place.Start();
        foreach (var (arguments, says) in ((string[], string)[])[(["load", "theirs"], "--account 111111111111"), (["load", "none"], "There is no snapshot"), (["save", "../x"], "is no name for a snapshot")])
        {
            var ended = await place.Galley(["snapshot", .. arguments, "--dir", dir, "--port", program.PortText]);
            Assert.Equal(1, ended.Code);
            Assert.Contains(says, ended.Error, StringComparison.Ordinal);
        }

        place.Write("snapshots/broken/snapshot.json", "{}");
        Assert.Equal(1, (await place.Galley("snapshot", "load", "broken", "--dir", dir, "--port", program.PortText)).Code);
        using var aws = await program.Client();
        Assert.Contains("000000000000", (await aws.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_values_come_back_to_the_byte()
    {
        byte[][] keys =
        [
            Store.Key.Of("dynamodb", "0", "ä\0b"), Store.Key.From(Store.Key.Of("s3")).Add(-5).Add("x"u8).Raw("tail/é"u8).ToArray(), Store.Key.From(Store.Key.Of("q")).Raw([0xFF, 0x02, 0x00]).ToArray(),
            [0x02, 0x41], [0x15, 1, 2], [], [0], [0x01, 0x00, 0xFF, 0x00],
        ];
        byte[][] values = [[], "{}"u8.ToArray(), [1, 2, 3, 4, .. "{\"a\":{\"S\":\"<é>\"}}"u8], "{\"a\": [1.0, 1e5]}"u8.ToArray(), "text\n"u8.ToArray(), "{\n}"u8.ToArray(), "{\"a\":1}x"u8.ToArray(), [0xC3], [0]];
        foreach (var key in keys)
            foreach (var value in values)
            {
                using var line = new MemoryStream();
                ValueText.Write(line, key, value);
                Assert.Equal(1, line.ToArray().Count(letter => letter == (byte)'\n'));
                var (readKey, readValue) = ValueText.Read(line.ToArray().AsMemory(0, (int)line.Length - 1));
                Assert.Equal((Convert.ToHexString(key), Convert.ToHexString(value)), (Convert.ToHexString(readKey), Convert.ToHexString(readValue)));
            }
    }

    private static async Task<string> SignIn(RunningProgram program, string clientId)
    {
        using var aws = await program.Client();
        return (await aws.TryJson("cognito-idp", "AWSCognitoIdentityProviderService.InitiateAuth", new { AuthFlow = "USER_PASSWORD_AUTH", ClientId = clientId, AuthParameters = new { USERNAME = "ann", PASSWORD = "Passw0rd!" } })).Body;
    }

    private static async Task Ok(Task<Ended> command)
    {
        var ended = await command;
        Assert.True(ended.Code == 0, ended.Error + ended.Out);
    }
}
