using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.S3;

public class StackTests
{
    private const string Template = """
        Resources:
          Permission:
            Type: AWS::Lambda::Permission
            Properties: {FunctionName: f, Action: lambda:InvokeFunction, Principal: s3.amazonaws.com, SourceAccount: !Ref AWS::AccountId}
          Bucket:
            Type: AWS::S3::Bucket
            DependsOn: Permission
            Properties:
              BucketName: stack-bucket
              VersioningConfiguration: {Status: Enabled}
              OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerPreferred}]}
              PublicAccessBlockConfiguration: {BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false}
              AccessControl: PublicRead
              CorsConfiguration: {CorsRules: [{AllowedOrigins: ['https://app.example'], AllowedMethods: [GET]}]}
              WebsiteConfiguration: {IndexDocument: index.html}
              LifecycleConfiguration:
                Rules:
                  - {Id: tidy, Status: Enabled, Prefix: tmp/, ExpirationInDays: 7, NoncurrentVersionExpiration: {NoncurrentDays: 3}, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 1}}
                  - {Id: cold, Status: Enabled, ObjectSizeGreaterThan: 131072, TagFilters: [{Key: k, Value: v}], Transitions: [{StorageClass: STANDARD_IA, TransitionInDays: 30}]}
              NotificationConfiguration:
                LambdaConfigurations:
                  - {Event: 's3:ObjectCreated:*', Function: !Sub 'arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f', Filter: {S3Key: {Rules: [{Name: suffix, Value: .jpg}]}}}
              Tags: [{Key: app, Value: recipes}]
          Policy:
            Type: AWS::S3::BucketPolicy
            Properties:
              Bucket: !Ref Bucket
              PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: !Sub '${Bucket.Arn}/*'}]}
        """;

    [Fact]
    public async Task A_bucket_with_everything_is_made_changed_and_kept_from_deletion_while_it_is_full()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        await functions.Python("f", "def lambda_handler(e, c): pass", await functions.Role("r"));
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template });
        var stack = await Settled(js, "s");
        Assert.True((string?)stack["StackStatus"] == "CREATE_COMPLETE", (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" })).ToJsonString());
        Assert.Equal("Enabled", (string?)(await js.Call("s3", "GetBucketVersioning", new { Bucket = "stack-bucket" }))["Status"]);
        var rules = (await js.Call("s3", "GetBucketLifecycleConfiguration", new { Bucket = "stack-bucket" }))["Rules"]!;
        Assert.Equal(("tidy", "tmp/", 7, 3, 1), ((string?)rules[0]!["ID"], (string?)rules[0]!["Filter"]!["Prefix"], (int)rules[0]!["Expiration"]!["Days"]!, (int)rules[0]!["NoncurrentVersionExpiration"]!["NoncurrentDays"]!, (int)rules[0]!["AbortIncompleteMultipartUpload"]!["DaysAfterInitiation"]!));
        Assert.Equal((131072, "k", "STANDARD_IA"), ((int)rules[1]!["Filter"]!["And"]!["ObjectSizeGreaterThan"]!, (string?)rules[1]!["Filter"]!["And"]!["Tags"]![0]!["Key"], (string?)rules[1]!["Transitions"]![0]!["StorageClass"]));
        Assert.Equal("READ", (string?)(await js.Call("s3", "GetBucketAcl", new { Bucket = "stack-bucket" }))["Grants"]![1]!["Permission"]);
        Assert.Equal("s3:ObjectCreated:*", (string?)(await js.Call("s3", "GetBucketNotificationConfiguration", new { Bucket = "stack-bucket" }))["LambdaFunctionConfigurations"]![0]!["Events"]![0]);

        await js.Call("cloudformation", "UpdateStack", new
        {
            StackName = "s",
            TemplateBody = Template.Replace("Status: Enabled}\n      OwnershipControls", "Status: Suspended}\n      OwnershipControls", StringComparison.Ordinal).Replace("ExpirationInDays: 7", "ExpirationInDays: 8", StringComparison.Ordinal),
        });
        Assert.Equal("UPDATE_COMPLETE", (string?)(await Settled(js, "s"))["StackStatus"]);
        Assert.Equal("Suspended", (string?)(await js.Call("s3", "GetBucketVersioning", new { Bucket = "stack-bucket" }))["Status"]);
        Assert.Equal(8, (int)(await js.Call("s3", "GetBucketLifecycleConfiguration", new { Bucket = "stack-bucket" }))["Rules"]![0]!["Expiration"]!["Days"]!);

        var version = (string)(await js.Call("s3", "PutObject", new { Bucket = "stack-bucket", Key = "k", Body = "x" }) is var put && put["VersionId"] is { } id ? id : "null")!;
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_FAILED", (string?)(await Settled(js, "s"))["StackStatus"]);
        var reasons = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!.AsArray().Select(one => (string?)one!["ResourceStatusReason"] ?? "");
        Assert.Contains(reasons, reason => reason.Contains("The bucket you tried to delete is not empty. You must delete all versions in the bucket.", StringComparison.Ordinal));
        await js.Call("s3", "DeleteObject", new { Bucket = "stack-bucket", Key = "k", VersionId = version });
        await js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        await Settled(js, (string)stack["StackId"]!);
        Assert.Equal(404, (await js.Fails("s3", "HeadBucket", new { Bucket = "stack-bucket" })).Status);
    }

    private static async Task<JsonObject> Settled(AwsJs js, string name)
    {
        for (var tries = 0; tries < 3000; tries++)
        {
            var stack = (await js.Call("cloudformation", "DescribeStacks", new { StackName = name }))["Stacks"]![0]!.AsObject();
            if (!((string)stack["StackStatus"]!).EndsWith("IN_PROGRESS", StringComparison.Ordinal)) return stack;
        }

        throw new InvalidOperationException("the stack does not settle");
    }
}
