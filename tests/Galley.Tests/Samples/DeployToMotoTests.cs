using System.Diagnostics;
using System.Text.RegularExpressions;
using Galley.Cli.Deploy;
using Galley.Tests.Server;

namespace Galley.Tests.Samples;

/// <summary>
/// `galley deploy --aws` against moto's server, as far as that goes: it transforms no SAM, and tells no outputs of a stack that a change set
/// made, so there is neither a site nor what is printed of outputs.
/// </summary>
public partial class DeployToMotoTests
{
    private const string Template = """
        Resources:
          Notes: {Type: AWS::DynamoDB::Table, Properties: {TableName: notes, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]}}
          Role: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}}
          Hello: {Type: AWS::Lambda::Function, Properties: {FunctionName: hello, Runtime: python3.12, Handler: app.handler, Role: !GetAtt Role.Arn, Code: built}}
          Pages: {Type: AWS::S3::Bucket, Properties: {BucketName: pages}}

        """;

    [Fact]
    public async Task An_app_goes_to_any_endpoint_that_speaks_AWSs_protocols()
    {
        using var place = new Workplace();
        Assert.SkipUnless(!OperatingSystem.IsWindows() && (await place.Run("/bin/sh", "-c", "python3 -c 'import moto.server'")).Code == 0, "moto's server is not installed (pip install 'moto[server]')");
        using var moto = Process.Start(new ProcessStartInfo("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var endpoint = await Listening(moto);
            place.Write("app/galley.yaml", "stack: app\nbuild:\n  - {run: mkdir -p built && cp fn/app.py built/app.py}\nseed:\n  - {file: seed.yaml}\n");
            place.Write("app/template.yaml", Template);
            place.Write("app/fn/app.py", "def handler(event, context): return 1");
            place.Write("app/seed.yaml", "tables: {Notes: [{id: a, n: 1}, {id: b}]}\nbuckets: {Pages: {hello.txt: hello}}\n");
            foreach (var (name, value) in ((string, string)[])
                     [
                         ("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"),
                         ("AWS_CONFIG_FILE", "none"), ("AWS_SHARED_CREDENTIALS_FILE", "none"),
                     ])
                place.Variables[name] = value;

            Assert.Contains("stack    app, new", await Deploy("--dry-run"), StringComparison.Ordinal);
            using var aws = AwsClient.Local(new Uri(endpoint), "eu-west-1", "AKIAIOSFODNN7EXAMPLE", "secret");
            Assert.Empty(await Tables());
            var said = await Deploy();
            Assert.Contains("table notes: 2 items added", said, StringComparison.Ordinal);
            Assert.Contains("bucket pages: 1 objects added", said, StringComparison.Ordinal);
            Assert.Equal(["notes"], await Tables());
            var made = await Function();
            Assert.Equal(3, (int)made["Timeout"]!);

            said = await Deploy();
            Assert.Contains("the stack is up to date", said, StringComparison.Ordinal);
            Assert.Contains("table notes: 0 items added", said, StringComparison.Ordinal);

            place.Write("app/template.yaml", Template.Replace("Handler: app.handler,", "Handler: app.handler, Timeout: 7,", StringComparison.Ordinal));
            Assert.Contains("Modify    AWS::Lambda::Function", await Deploy("--dry-run"), StringComparison.Ordinal);
            await Deploy();
            Assert.Equal(7, (int)(await Function())["Timeout"]!);

            async Task<IEnumerable<string>> Tables()
                => System.Text.Json.Nodes.JsonNode.Parse(await aws.Json("dynamodb", "DynamoDB_20120810.ListTables", "1.0", "{}", TestContext.Current.CancellationToken))!["TableNames"]!.AsArray().Select(name => (string)name!);

            async Task<System.Text.Json.Nodes.JsonNode> Function()
                => System.Text.Json.Nodes.JsonNode.Parse(await aws.Rest("lambda", HttpMethod.Get, "/2015-03-31/functions/hello/configuration", "", TestContext.Current.CancellationToken))!;
        }
        finally
        {
            moto.Kill(entireProcessTree: true);
        }

        async Task<string> Deploy(params string[] arguments)
        {
            var ended = await place.Galley(["deploy", Path.Combine(place.Folder, "app"), "--aws", .. arguments]);
            Assert.True(ended.Code == 0, ended.Out + ended.Error);
            return ended.Out;
        }
    }

    /// <summary>The address that moto says it listens at.</summary>
    private static async Task<string> Listening(Process moto)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        moto.EnableRaisingEvents = true;
        moto.Exited += (_, _) => found.TrySetException(new InvalidOperationException($"moto ended with {moto.ExitCode}"));
        moto.OutputDataReceived += Read;
        moto.ErrorDataReceived += Read;
        moto.BeginOutputReadLine();
        moto.BeginErrorReadLine();
        return await found.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        void Read(object sender, DataReceivedEventArgs line)
        {
            if (Address().Match(line.Data ?? "") is { Success: true } match) found.TrySetResult(match.Value);
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
