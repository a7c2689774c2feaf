using System.Text.Json.Nodes;
using Galley.Tests.Server;

namespace Galley.Tests.Docs;

/// <summary>Every snippet of the how-to pages and of the inbox's page runs as it stands against a Galley of its own, one page after its own first line.</summary>
public class HowToTests
{
    private const string SeedPage = "docs/how-to/seed.md", InboxPage = "docs/inbox.md", TelemetryPage = "docs/how-to/telemetry.md";

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Path.Combine(Repository.Root, "docs", "how-to"), "*.md").Select(file => "docs/how-to/" + Path.GetFileName(file))
        .Where(page => page != TelemetryPage && Snippets.Of(page, "console").Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_pages_commands_run(string page)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        using var place = new Workplace();
        await using var program = await place.Start();
        await Runs(place, program, Snippets.Script(page));
    }

    [Fact]
    public async Task The_seed_file_that_the_page_shows_is_put_in()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        using var place = new Workplace();
        await using var program = await place.Start();
        place.Write("galley.yaml", "stack: seeded");
        place.Write("template.yaml", """
            Resources:
              Table:
                Type: AWS::DynamoDB::Table
                Properties: { BillingMode: PAY_PER_REQUEST, KeySchema: [{ AttributeName: id, KeyType: HASH }], AttributeDefinitions: [{ AttributeName: id, AttributeType: S }] }
              Pool: { Type: 'AWS::Cognito::UserPool' }
              SiteBucket: { Type: 'AWS::S3::Bucket' }
            Outputs:
              TableName: { Value: !Ref Table }
              UserPoolId: { Value: !Ref Pool }
            """);
        place.Write("images/logo.png", "a picture");
        place.Write("seed.yaml", Assert.Single(Snippets.Of(SeedPage, "yaml")));
        await Runs(place, program, "galley deploy .\ngalley seed seed.yaml\n");
        using var aws = await program.Client();
        var tables = (await aws.Json("dynamodb", "DynamoDB_20120810.ListTables", new { }))["TableNames"]!;
        var items = await aws.Json("dynamodb", "DynamoDB_20120810.Scan", new { TableName = (string)tables[0]! });
        Assert.Equal(("Hello", "3"), ((string)items["Items"]![0]!["text"]!["S"]!, (string)items["Items"]![0]!["count"]!["N"]!));
    }

    [Fact]
    public async Task The_inboxs_page_reads_the_newest_mail_by_a_signed_GET()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        var pool = (string)(await aws.Json("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
        await aws.Json("cognito-idp", "AWSCognitoIdentityProviderService.AdminCreateUser", new { UserPoolId = pool, Username = "ann", UserAttributes = new[] { new { Name = "email", Value = "ann@example.com" } }, DesiredDeliveryMediums = new[] { "EMAIL" } });
        var answer = JsonNode.Parse(await Runs(place, program, Snippets.Script(InboxPage)))!;
        var shown = JsonNode.Parse(Snippets.Of(InboxPage, "console").Single().Split('\n').Single(line => line.StartsWith('{')))!.AsObject();
        Assert.Equal("ann@example.com", (string?)answer["to"]);
        Assert.All(shown.Where(field => field.Key != "code"), field => Assert.NotNull(answer[field.Key]));
    }

    private static async Task<string> Runs(Workplace place, RunningProgram program, string commands)
    {
        await Snippets.Shim(place, "bin/galley", program);
        var script = "set -eu\nexport PATH=\"$PWD/bin:$PATH\"\n" + commands;
        var ended = await place.Run("bash", "-c", script);
        Assert.True(ended.Code == 0, $"{script}\n{ended.Out}\n{ended.Error}");
        return ended.Out;
    }
}
