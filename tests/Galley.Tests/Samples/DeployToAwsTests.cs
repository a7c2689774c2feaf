using System.Text.Json.Nodes;
using Galley.Tests.Server;

namespace Galley.Tests.Samples;

/// <summary>`galley deploy --aws` by the AWS profile, against another Galley, which stands for AWS.</summary>
public class DeployToAwsTests
{
    private const string Template = """
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          Protocol: {Type: String, Default: redirect-to-https}
        Resources:
          Notes:
            Type: AWS::DynamoDB::Table
            Properties: {TableName: notes, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]}
          Hello:
            Type: AWS::Serverless::Function
            Properties: {FunctionName: hello, Runtime: python3.12, Handler: app.handler, CodeUri: built}
          Pages: {Type: AWS::S3::Bucket}
          Site:
            Type: AWS::CloudFront::Distribution
            Properties:
              DistributionConfig:
                Enabled: true
                Origins: [{Id: site, DomainName: !GetAtt Pages.RegionalDomainName, S3OriginConfig: {OriginAccessIdentity: ''}}]
                DefaultCacheBehavior: {TargetOriginId: site, ViewerProtocolPolicy: !Ref Protocol, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6}
        Outputs:
          Bucket: {Value: !Ref Pages}
          Distribution: {Value: !Ref Site}
          SiteUrl: {Value: !Sub 'https://${Site.DomainName}'}
          Table: {Value: !Ref Notes}

        """;

    private const string File = """
        stack: app
        build:
          - run: mkdir -p built site && cp app.py built/app.py && cp page.html site/index.html
        parameters:
          local: {Protocol: allow-all}
        site:
          folder: site
          bucket: Bucket
          distribution: Distribution
          config: {siteUrl: SiteUrl}
        seed:
          - {table: Table, items: notes.json}
        show: {App: SiteUrl}

        """;

    [Fact]
    public async Task The_whole_app_goes_where_the_profile_says_and_a_dry_run_changes_nothing()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Region = "eu-west-1" });
        var js = new AwsJs(server);
        using var place = new Workplace();
        var app = App(place, Template, File);
        place.Write("authority.pem", server.AuthorityPem);
        Profile(place, "elsewhere", $"region = eu-west-1\nendpoint_url = https://localhost:{server.Port}\nca_bundle = {Path.Combine(place.Folder, "authority.pem")}\n", server.AccessKeyId, server.SecretAccessKey);

        var planned = await Deploy("--dry-run");
        foreach (var said in (string[])["build    mkdir -p built", "built, once it is built", "stack    app, new", "AWS::DynamoDB::Table", "seed     what of", "site     the files of"]) Assert.Contains(said, planned, StringComparison.Ordinal);
        Assert.Empty((await js.Call("s3", "ListBuckets"))["Buckets"]!.AsArray());
        Assert.Empty((await js.Call("cloudformation", "ListStacks"))["StackSummaries"]!.AsArray());
        Assert.False(Directory.Exists(Path.Combine(app, "built")));

        var said1 = await Deploy();
        Assert.Contains($"Deploying app to https://localhost:{server.Port} in eu-west-1 (profile elsewhere)", said1, StringComparison.Ordinal);
        var outputs = (await js.Call("cloudformation", "DescribeStacks", new { StackName = "app" }))["Stacks"]![0]!["Outputs"]!.AsArray().ToDictionary(one => (string)one!["OutputKey"]!, one => (string)one!["OutputValue"]!);
        // The site is given AWS's own addresses, and parameters for this machine alone stay here.
        Assert.Equal(outputs["SiteUrl"], (string)JsonNode.Parse(await Read("config.json"))!["siteUrl"]!);
        Assert.EndsWith(".cloudfront.net", outputs["SiteUrl"], StringComparison.Ordinal);
        Assert.Contains(outputs["SiteUrl"], said1, StringComparison.Ordinal);
        Assert.Equal("redirect-to-https", (string)(await js.Call("cloudfront", "GetDistributionConfig", new { Id = outputs["Distribution"] }))["DistributionConfig"]!["DefaultCacheBehavior"]!["ViewerProtocolPolicy"]!);
        Assert.Equal("first", await Read("index.html"));
        Assert.Equal(2, (int)(await js.Call("dynamodb", "Scan", new { TableName = "notes" }))["Count"]!);
        var made = (string)(await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "hello" }))["CodeSha256"]!;

        // A page, the function and the template change.
        place.Write("app/page.html", "second");
        place.Write("app/app.py", "def handler(event, context): return 'second'");
        place.Write("app/template.yaml", Template.Replace("Handler: app.handler,", "Handler: app.handler, Timeout: 7,", StringComparison.Ordinal));
        planned = await Deploy("--dry-run", "--no-build");
        Assert.Contains("Modify    AWS::Lambda::Function", planned, StringComparison.Ordinal);
        Assert.Contains("0 files to send", planned, StringComparison.Ordinal); // nothing is built in a dry run
        Assert.Equal("first", await Read("index.html"));
        Assert.DoesNotContain((await js.Call("cloudformation", "ListChangeSets", new { StackName = "app" }))["Summaries"]!.AsArray(), set => (string)set!["ExecutionStatus"]! == "AVAILABLE");
        Assert.Equal(made, (string)(await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "hello" }))["CodeSha256"]!);

        var before = await Invalidations();
        await Deploy();
        Assert.Equal("second", await Read("index.html"));
        var changed = await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "hello" });
        Assert.NotEqual(made, (string)changed["CodeSha256"]!);
        Assert.Equal(7, (int)changed["Timeout"]!);
        Assert.Equal(before + 1, await Invalidations());

        var nothing = await Deploy();
        Assert.Contains("the stack is up to date", nothing, StringComparison.Ordinal);
        Assert.Equal(before + 1, await Invalidations());

        async Task<string> Deploy(params string[] arguments)
        {
            var ended = await place.Galley(["deploy", app, "--aws", "--profile", "elsewhere", .. arguments]);
            Assert.True(ended.Code == 0, ended.Out + ended.Error);
            return ended.Out;
        }

        async Task<string> Read(string key)
            => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = outputs["Bucket"], Key = key }))["Body"]!["$bytes"]!));

        async Task<int> Invalidations() => (int)(await js.Call("cloudfront", "ListInvalidations", new { DistributionId = outputs["Distribution"] }))["InvalidationList"]!["Quantity"]!;
    }

    [Fact]
    public async Task A_profile_that_cannot_be_used_is_said_with_what_to_do()
    {
        using var place = new Workplace();
        var app = App(place, Template, File);
        Profile(place, "sso", "region = eu-west-1\nsso_session = work\n", null, null);
        Assert.Contains("The AWS profile nobody is neither in", (await place.Galley("deploy", app, "--aws", "--profile", "nobody")).Error, StringComparison.Ordinal);
        Assert.Contains("signs in by sso_session", (await place.Galley("deploy", app, "--aws", "--profile", "sso")).Error, StringComparison.Ordinal);
        Assert.Contains("No AWS keys", (await place.Galley("deploy", app, "--aws")).Error, StringComparison.Ordinal);
    }

    private static string App(Workplace place, string template, string file)
    {
        place.Write("app/galley.yaml", file);
        place.Write("app/template.yaml", template);
        place.Write("app/app.py", "def handler(event, context): return 'first'");
        place.Write("app/page.html", "first");
        place.Write("app/notes.json", """[{"id": "a", "n": 1}, {"id": "b", "n": 2}]""");
        place.Variables["AWS_CONFIG_FILE"] = Path.Combine(place.Folder, "aws-config");
        place.Variables["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(place.Folder, "aws-credentials");
        return Path.Combine(place.Folder, "app");
    }

    private static void Profile(Workplace place, string name, string settings, string? id, string? secret)
    {
        place.Write("aws-config", $"# comment\n[default]\nregion = eu-west-1\n\n[profile {name}]\n{settings}");
        if (id is not null) place.Write("aws-credentials", $"[{name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    }
}
