using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Cli.Deploy;
using Galley.CloudFormation.Template;
using Galley.Tests.CloudFormation;

namespace Galley.Tests.Samples;

/// <summary>Local files of templates go to S3 as `aws cloudformation package` sends them.</summary>
public class PackagingTests
{
    private const string Everything = """
        Transform: AWS::Serverless-2016-10-31
        Metadata: {Kept: as it is}
        Resources:
          Folder: {Type: AWS::Serverless::Function, Properties: {CodeUri: ./code, Runtime: python3.12, Handler: one.handler}}
          File:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: code/one.py, Runtime: python3.12, Handler: one.handler}
          Zipped: {Type: AWS::Serverless::Function, Properties: {CodeUri: ready.bin, Runtime: python3.12, Handler: one.handler}}
          There: {Type: AWS::Serverless::Function, Properties: {CodeUri: 's3://elsewhere/code.zip', Runtime: python3.12, Handler: one.handler}}
          Inside:
            Type: AWS::Serverless::LayerVersion
            Properties:
              ContentUri: code
          Plain: {Type: AWS::Lambda::Function, Properties: {Code: code, Role: !Sub 'arn:aws:iam::${AWS::AccountId}:role/r', Runtime: python3.12, Handler: one.handler}}
          Inline: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}, Role: r, Runtime: python3.12, Handler: index.handler}}
          Layer: {Type: AWS::Lambda::LayerVersion, Properties: {Content: code}}
          Rest: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: api.yaml}}
          Api: {Type: AWS::Serverless::Api, Properties: {StageName: s, DefinitionUri: api.yaml}}
          Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.json, Role: r}}
          Steps: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: machine.json, RoleArn: r}}
          Schema: {Type: AWS::AppSync::GraphQLSchema, Properties: {ApiId: a, DefinitionS3Location: machine.json}}
          Job: {Type: AWS::Glue::Job, Properties: {Role: r, Command: {Name: n, ScriptLocation: code/one.py}}}
          Repository: {Type: AWS::CodeCommit::Repository, Properties: {RepositoryName: r, Code: {S3: code}}}
          Version: {Type: AWS::ElasticBeanstalk::ApplicationVersion, Properties: {ApplicationName: a, SourceBundle: code}}
          Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: below/child.yaml}}
          Remote: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://s3.eu-west-2.amazonaws.com/elsewhere/t.yaml'}}
          Application: {Type: AWS::Serverless::Application, Properties: {Location: below/child.yaml}}
          Included:
            Type: AWS::Logs::LogGroup
            Properties:
              Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}
          Short:
            Type: AWS::Logs::LogGroup
            Properties: !Transform {Name: AWS::Include, Parameters: {Location: part.yaml}}
          Fn::ForEach::Several:
            - Name
            - [A, B]
            - Each${Name}: {Type: AWS::Serverless::Function, Properties: {CodeUri: code, Runtime: python3.12, Handler: one.handler}}

        """;

    [Fact]
    public async Task They_are_what_the_aws_cli_sends()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "aws"))), "the aws CLI is not installed (pip install awscli)");
        await using var server = await StacksTests.Start();
        var js = new AwsJs(server);
        using var aws = Client(server);
        await aws.S3CreateBucket("theirs", TestContext.Current.CancellationToken);
        await aws.S3CreateBucket("ours", TestContext.Current.CancellationToken);
        var folder = Files();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "template.yaml"), Everything, TestContext.Current.CancellationToken);
            var ours = TemplateText.Parse(await new Packaging(aws, "ours", new Progress(TextWriter.Null)).Package(Path.Combine(folder, "template.yaml"), TestContext.Current.CancellationToken));
            var (code, said) = await CookRecipes.Run(
                folder,
                new Dictionary<string, string>
                {
                    ["AWS_ENDPOINT_URL"] = server.Endpoint.ToString(),
                    ["AWS_REGION"] = server.Region,
                    ["AWS_DEFAULT_REGION"] = server.Region,
                    ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId,
                    ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey,
                    ["AWS_CONFIG_FILE"] = Path.Combine(folder, "none"),
                    ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(folder, "none"),
                },
                TimeSpan.FromMinutes(2), "aws", "cloudformation", "package", "--template-file", "template.yaml", "--s3-bucket", "theirs", "--output-template-file", Path.Combine(folder, "..", Path.GetFileName(folder) + ".json"), "--use-json");
            Assert.True(code == 0, said);
            var theirs = TemplateText.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "..", Path.GetFileName(folder) + ".json"), TestContext.Current.CancellationToken));
            await Same(theirs, ours, "");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            File.Delete(Path.Combine(folder, "..", Path.GetFileName(folder) + ".json"));
        }

        async Task Same(JsonNode? theirs, JsonNode? ours, string path)
        {
            if (Place(theirs, "theirs") is { } there)
            {
                var here = Place(ours, "ours");
                Assert.True(here is not null && here.Form == there.Form, $"{path}: {theirs!.ToJsonString()} there, {ours?.ToJsonString()} here");
                var (left, right) = (await Content("theirs", there.Key), await Content("ours", here.Key));
                if (there.Key.EndsWith(".template", StringComparison.Ordinal)) await Same(TemplateText.Parse(Encoding.UTF8.GetString(left)), TemplateText.Parse(Encoding.UTF8.GetString(right)), path + "/");
                else Assert.Equal(Said(left), Said(right));
                return;
            }

            switch (theirs)
            {
                case JsonObject map:
                    Assert.Equal(map.Select(pair => pair.Key).Order(StringComparer.Ordinal), (ours as JsonObject)?.Select(pair => pair.Key).Order(StringComparer.Ordinal));
                    foreach (var (name, value) in map) await Same(value, ours![name], $"{path}.{name}");
                    break;
                case JsonArray list:
                    Assert.Equal(list.Count, (ours as JsonArray)?.Count);
                    for (var i = 0; i < list.Count; i++) await Same(list[i], ours![i], $"{path}.{i}");
                    break;
                default:
                    Assert.True(theirs?.ToJsonString() == ours?.ToJsonString(), $"{path}: {theirs?.ToJsonString()} there, {ours?.ToJsonString()} here");
                    break;
            }
        }

        async Task<byte[]> Content(string bucket, string key) => Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = bucket, Key = key }))["Body"]!["$bytes"]!);
    }

    [Fact]
    public async Task A_template_with_local_files_of_every_kind_is_deployed()
    {
        await using var server = await StacksTests.Start();
        using var aws = Client(server);
        await aws.S3CreateBucket("code", TestContext.Current.CancellationToken);
        var folder = Files();
        try
        {
            // Longer than what a request may hold, so it goes through the bucket itself.
            await File.WriteAllTextAsync(Path.Combine(folder, "template.yaml"), $$$"""
                Transform: AWS::Serverless-2016-10-31
                Metadata: {Long: '{{{new string('x', 60_000)}}}'}
                Resources:
                  Api: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: api.yaml}}
                  Here:
                    Type: AWS::Serverless::Function
                    Properties:
                      FunctionName: here
                      Runtime: python3.12
                      Handler: here.handler
                  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: below/child.yaml}}
                  Included:
                    Type: AWS::Logs::LogGroup
                    Properties:
                      Fn::Transform: {Name: AWS::Include, Parameters: {Location: part.yaml}}
                Outputs:
                  Api: {Value: !Ref Api}
                  Below: {Value: !GetAtt Nested.Outputs.Days}
                """, TestContext.Current.CancellationToken);
            var packaging = new Packaging(aws, "code", new Progress(TextWriter.Null));
            var outputs = await Deploy();
            Assert.Equal("3", outputs["Below"]);
            var js = new AwsJs(server);
            Assert.Equal("GET /a", (string)Assert.Single((await js.Call("apigatewayv2", "GetRoutes", new { ApiId = outputs["Api"] }))["Items"]!.AsArray())!["RouteKey"]!);
            Assert.Equal([3, 14], (await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray().Select(group => (int)group!["retentionInDays"]!).Order());
            Assert.Equal("1", Encoding.UTF8.GetString(Convert.FromBase64String((string)(await js.Call("lambda", "Invoke", new { FunctionName = "here" }))["Payload"]!["$bytes"]!)));

            // A nested template's change is the stack's.
            await File.WriteAllTextAsync(Path.Combine(folder, "below", "deeper", "part.yaml"), "RetentionInDays: 5", TestContext.Current.CancellationToken);
            packaging = new Packaging(aws, "code", new Progress(TextWriter.Null));
            await Deploy();
            Assert.Equal([5, 14], (await js.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray().Where(group => group!["retentionInDays"] is not null).Select(group => (int)group!["retentionInDays"]!).Order());

            async Task<Dictionary<string, string>> Deploy() => await new StackDeployment(aws, "s", new Progress(TextWriter.Null)) { Uploads = packaging }
                .Deploy(await packaging.Package(Path.Combine(folder, "template.yaml"), TestContext.Current.CancellationToken), new Dictionary<string, string>(), TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("Resources: {A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: nobody.yaml}}}", "nobody.yaml, which does not exist.")]
    [InlineData("Resources: {A: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: template.yaml}}}", "it seems to contain itself")]
    [InlineData("Resources: {A: {Type: 'AWS::Lambda::Function', Properties: {Code: nobody}}}", "nobody, which does not exist. Is it built?")]
    [InlineData("Resources: {A: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: nobody.yaml}}}}", "nobody.yaml, which does not exist.")]
    public async Task A_file_that_is_not_there_is_named(string template, string said)
    {
        await using var server = await StacksTests.Start();
        using var aws = Client(server);
        await aws.S3CreateBucket("code", TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("galley-packaging-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "template.yaml"), template, TestContext.Current.CancellationToken);
            var error = await Assert.ThrowsAsync<Cli.CliException>(() => new Packaging(aws, "code", new Progress(TextWriter.Null)).Package(Path.Combine(folder, "template.yaml"), TestContext.Current.CancellationToken));
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AwsClient Client(GalleyServer server) => AwsClient.Local(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);

    private static string Files()
    {
        var folder = Directory.CreateTempSubdirectory("galley-packaging-").FullName;
        Write("code/one.py", "def handler(event, context): return 1");
        Write("code/deep/two.txt", "two");
        Write("here.py", "def handler(event, context): return 1");
        Write("part.yaml", "RetentionInDays: 14");
        Write("machine.json", "{}");
        Write("api.yaml", """{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {}, "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "https://a.example", "payloadFormatVersion": "1.0"}}}}}""");
        Write("below/child.yaml", """
            Resources:
              Grandchild: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: deeper/child.yaml}}
            Outputs:
              Days: {Value: '3'}
            """);
        Write("below/deeper/child.yaml", "Resources: {Group: {Type: AWS::Logs::LogGroup, Properties: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: part.yaml}}}}}");
        Write("below/deeper/part.yaml", "RetentionInDays: 3");
        using (var zip = ZipFile.Open(Path.Combine(folder, "ready.bin"), ZipArchiveMode.Create))
        using (var entry = new StreamWriter(zip.CreateEntry("one.py").Open()))
            entry.Write("def handler(event, context): return 1");
        return folder;

        void Write(string name, string text)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }

    /// <summary>Where in the bucket a value points, and in which of the three ways it says so.</summary>
    private static Pointer? Place(JsonNode? value, string bucket) => value switch
    {
        JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.String && (string)text! is var url =>
            url.StartsWith($"s3://{bucket}/", StringComparison.Ordinal) ? new("s3://", url.Split('/')[^1])
            : url.StartsWith("http", StringComparison.Ordinal) && url.Contains($"/{bucket}/", StringComparison.Ordinal) ? new("https://", url.Split('/')[^1]) : null,
        JsonObject { Count: 2 } map when map.First() is { Value: JsonValue } first && (string?)first.Value == bucket => new(string.Join(' ', map.Select(pair => pair.Key)), (string)map.Last().Value!),
        _ => null,
    };

    /// <summary>A zip by its files, anything else as it is.</summary>
    private static string Said(byte[] content)
    {
        if (!content.AsSpan().StartsWith("PK"u8)) return Encoding.UTF8.GetString(content);
        using var zip = new ZipArchive(new MemoryStream(content));
        return string.Join('\n', zip.Entries.OrderBy(entry => entry.FullName, StringComparer.Ordinal).Select(entry =>
        {
            using var text = new StreamReader(entry.Open());
            return $"{entry.FullName}: {text.ReadToEnd()}";
        }));
    }

    private sealed record Pointer(string Form, string Key);
}
