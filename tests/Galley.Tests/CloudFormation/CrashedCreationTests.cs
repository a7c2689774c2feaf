using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Galley.Tests.CloudFormation;

/// <summary>The moment between the making of a resource and its stack's note of it: whoever is killed there finds it made once, not twice.</summary>
public class CrashedCreationTests
{
    private const string First = """
        Resources:
          Table: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: crash-table, BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]}}
          Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: crash-bucket}}
          Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: crash-role, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}}
          Group: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: crash-group, RetentionInDays: 7}}
          Pool: {Type: 'AWS::Cognito::UserPool', Properties: {UserPoolName: crash-pool}}
          Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {Name: crash-api, ProtocolType: HTTP}}
          Parameter: {Type: 'AWS::SSM::Parameter', Properties: {Name: /crash, Type: String, Value: v}}
          Access: {Type: 'AWS::CloudFront::OriginAccessControl', Properties: {OriginAccessControlConfig: {Name: crash-access, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}}}

        """;

    private const string Then = """
          Domain: {Type: 'AWS::Cognito::UserPoolDomain', Properties: {UserPoolId: !Ref Pool, Domain: crash-domain}}
          Client: {Type: 'AWS::Cognito::UserPoolClient', Properties: {UserPoolId: !Ref Pool, ClientName: crash-client}}
          Members: {Type: 'AWS::Cognito::UserPoolGroup', Properties: {UserPoolId: !Ref Pool, GroupName: members}}
          Route: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: GET /x}}
          Stage: {Type: 'AWS::ApiGatewayV2::Stage', Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
          Function: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: crash-function, Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, Code: {ZipFile: "def handler(event, context): return 1"}}}
          Rights: {Type: 'AWS::IAM::Policy', Properties: {PolicyName: rights, Roles: [!Ref Role], PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}}
          BucketPolicy: {Type: 'AWS::S3::BucketPolicy', Properties: {Bucket: !Ref Bucket, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: !GetAtt Role.Arn}, Action: 's3:GetObject', Resource: !Sub '${Bucket.Arn}/*'}]}}}

        """;

    [Fact]
    public async Task What_was_made_in_the_moment_of_a_crash_is_there_once_and_belongs_to_its_stack()
    {
        using var place = new Folders();
        var release = new TaskCompletionSource();
        var (one, two, three) = (place.New(), place.New(), place.New());
        var held = new Held(release.Task);
        await using var first = await Start(one, held);
        try
        {
            var js = new AwsJs(first);
            await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = First, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
            await held.All(8);
            place.Copy(one, two); // what kill -9 would leave

            var heldAgain = new Held(release.Task) { Open = true };
            await using var second = await Start(two, heldAgain);
            using var letGo = new LettingGo(release); // before it is stopped
            js = new AwsJs(second);
            Assert.Equal("CREATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
            await OneOfEach(js);

            heldAgain.Open = false;
            await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = First + Then, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
            await heldAgain.All(8);
            place.Copy(two, three);
            await using var third = await Start(three, null);
            js = new AwsJs(third);
            Assert.Equal("UPDATE_COMPLETE", (string)(await StacksTests.Settled(js, "s"))["StackStatus"]!);
            await OneOfEach(js);
            var resources = (await js.Call("cloudformation", "DescribeStackResources", new { StackName = "s" }))["StackResources"]!.AsArray();
            string Id(string logical) => (string)resources.First(one => (string)one!["LogicalResourceId"]! == logical)!["PhysicalResourceId"]!;
            Assert.Equal(Id("Client"), (string)Assert.Single((await js.Call("cognito-identity-provider", "ListUserPoolClients", new { UserPoolId = Id("Pool") }))["UserPoolClients"]!.AsArray())!["ClientId"]!);
            Assert.Equal(Id("Route"), (string)Assert.Single((await js.Call("apigatewayv2", "GetRoutes", new { ApiId = Id("Api") }))["Items"]!.AsArray())!["RouteId"]!);
            Assert.Equal(1, (int)JsonNode.Parse(Convert.FromBase64String((string)(await js.Call("lambda", "Invoke", new { FunctionName = "crash-function" }))["Payload"]!["$bytes"]!))!);
            var id = (string)(await js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!["StackId"]!;
            await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
            Assert.Equal("DELETE_COMPLETE", (string)(await StacksTests.Settled(js, id))["StackStatus"]!);
        }
        finally
        {
            release.TrySetResult();
        }
    }

    private static async Task OneOfEach(AwsJs js)
    {
        Assert.Equal("crash-table", (string)Assert.Single((await js.Call("dynamodb", "ListTables"))["TableNames"]!.AsArray())!);
        Assert.Single((await js.Call("s3", "ListBuckets"))["Buckets"]!.AsArray());
        Assert.Single((await js.Call("cognito-identity-provider", "ListUserPools", new { MaxResults = 10 }))["UserPools"]!.AsArray());
        Assert.Single((await js.Call("apigatewayv2", "GetApis"))["Items"]!.AsArray());
        Assert.Single((await js.Call("iam", "ListRoles"))["Roles"]!.AsArray(), role => (string)role!["RoleName"]! == "crash-role");
    }

    private static Task<GalleyServer> Start(string folder, Held? held)
        => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", DataFolder = folder, BeforeNoted = held is null ? null : held.Hold });

    private sealed class LettingGo(TaskCompletionSource release) : IDisposable
    {
        public void Dispose() => release.TrySetResult();
    }

    /// <summary>Keeps every creation from being noted, until it is let go.</summary>
    private sealed class Held(Task release)
    {
        private readonly ConcurrentDictionary<string, bool> _made = new();
        private readonly SemaphoreSlim _more = new(0);

        public bool Open { get; set; }

        public Task Hold(string name)
        {
            if (Open) return Task.CompletedTask;
            _made[name] = true;
            _more.Release();
            return release;
        }

        public async Task All(int count)
        {
            for (var i = 0; i < count; i++) Assert.True(await _more.WaitAsync(TimeSpan.FromMinutes(1)), $"only {string.Join(", ", _made.Keys)} came so far");
        }
    }

    /// <summary>Data folders with their keys, which lie elsewhere.</summary>
    private sealed class Folders : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("galley-crash-").FullName;
        private readonly List<string> _all = [];

        public string New()
        {
            _all.Add(Path.Combine(_root, $"data{_all.Count}"));
            return _all[^1];
        }

        public void Copy(string from, string to)
        {
            foreach (var (source, target) in (ReadOnlySpan<(string, string)>)[(from, to), (Installations.KeyFolder(from), Installations.KeyFolder(to))])
                foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
                {
                    if (Path.GetFileName(file) == "LOCK") continue;
                    var copy = Path.Combine(target, Path.GetRelativePath(source, file));
                    Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                    File.Copy(file, copy);
                }
        }

        public void Dispose()
        {
            Directory.Delete(_root, recursive: true);
            foreach (var folder in _all) Directory.Delete(Installations.KeyFolder(folder), recursive: true);
        }
    }
}
