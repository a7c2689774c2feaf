using System.Text.Json.Nodes;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Sam;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.Tests.CloudFormation;

public class SamTransformTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Galley.Tests", "CloudFormation", "Sam");

    public static TheoryData<string> Inputs => [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal), "samples/cook-recipes/template.yaml"];

    /// <summary>The expected files are what `Sam/expected.py` wrote with AWS's own translator.</summary>
    [Theory]
    [MemberData(nameof(Inputs))]
    public void It_makes_what_the_official_translator_makes(string template)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, template)).Replace("functions/publish/", "s3://bucket/code.zip", StringComparison.Ordinal);
        var name = template.StartsWith("samples", StringComparison.Ordinal) ? "cook-recipes" : Path.GetFileNameWithoutExtension(template);
        var made = Transform(text);
        var wanted = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, name + ".expected.json")))!.AsObject();
        Assert.Equal(wanted["Resources"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal), made["Resources"]!.AsObject().Select(pair => pair.Key).Order(StringComparer.Ordinal));
        foreach (var (id, resource) in wanted["Resources"]!.AsObject())
            Assert.True(Differences.Same(Sorted(resource!), Sorted(made["Resources"]![id]!)), $"{id}\nwanted {resource!.ToJsonString()}\nmade   {made["Resources"]![id]!.ToJsonString()}");
        foreach (var section in (string[])["Outputs", "Parameters", "Conditions"])
            Assert.True(Differences.Same(wanted[section], made[section]), $"{section}\nwanted {wanted[section]?.ToJsonString()}\nmade   {made[section]?.ToJsonString()}");
    }

    [Theory]
    [InlineData("Type: AWS::Serverless::Application", "AWS::Serverless::Application")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: Kinesis}}}", "Kinesis")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Policies: [{SNSCrudPolicy: {TopicName: t}}]}", "SNSCrudPolicy")]
    [InlineData("Type: AWS::Serverless::Api", "AWS::Serverless::Api")]
    [InlineData("Type: AWS::Serverless::Connector", "AWS::Serverless::Connector")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: Api, Properties: {Path: /, Method: get}}}}", "the event type Api (event E)")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}}", "the event type Schedule (event E)")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, AutoPublishAlias: live, DeploymentPreference: {Type: AllAtOnce}}", "Galley does not support DeploymentPreference")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}}", "To set ProvisionedConcurrencyConfig")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, AutoPublishAlias: '12'}", "AutoPublishAlias name ('12')")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, FunctionUrlConfig: {Cors: {}}}", "AuthType is required")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, DeadLetterQueue: {Type: SQS}}", "'DeadLetterQueue' requires Type and TargetArn")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Queue}}}}", "'Type: Queue' must be one of")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: S3, Properties: {Bucket: b, Events: 's3:*'}}}}", "S3 events must reference an S3 bucket in the same template.")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: HttpApi, Properties: {Path: /, Method: get, ApiId: !Ref Y}}}}", "ApiId must be a valid reference")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: HttpApi, Properties: {Path: /, Method: get, Auth: {Authorizer: A}}}}}", "the related API does not define any Authorizers")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Policies: [{S3ReadPolicy: {Bucket: b}}]}", "Must specify valid parameter values for policy template 'S3ReadPolicy'")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {Auth: {DefaultAuthorizer: A}}", "Unable to set DefaultAuthorizer because 'A'")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {Auth: {Authorizers: {A: {FunctionArn: x}}}}", "A Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionUri: ./api.yaml}", "'DefinitionUri' is not a valid S3 Uri")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {CorsConfiguration: {AllowOrigins: ['*'], AllowCredentials: true}}", "Unable to add Cors configuration")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {Domain: {DomainName: a.b, CertificateArn: c, Route53: {HostedZoneId: Z}}}", "Route53 of Domain")]
    [InlineData("Type: AWS::Serverless::LayerVersion\n    Properties: {ContentUri: 's3://b/k', RetentionPolicy: Maybe}", "'RetentionPolicy' must be one of")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {CodeUri: ./src, Runtime: nodejs22.x, Handler: a.b}", "CodeUri")]
    public void What_it_does_not_support_it_refuses_by_name(string resource, string named)
    {
        var error = Assert.Throws<AwsError>(() => Transform($"Transform: AWS::Serverless-2016-10-31\nResources:\n  X:\n    {resource}\n"));
        Assert.Equal("ValidationError", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_managed_policy_that_it_knows_by_name_can_be_attached()
        => Assert.Empty(SamPolicies.ServiceRoles.Concat(SamPolicies.ManagedNames).Select(SamPolicies.ArnOf).Except(Galley.Iam.AwsPolicies.All.Select(policy => policy.Arn)));

    private static JsonObject Transform(string text)
    {
        var template = StackTemplate.Read(TemplateText.Parse(text));
        return new SamTransform(template, template.Parameters.Values.ToDictionary(parameter => parameter.Name, parameter => parameter.Default ?? ""), "eu-west-2").Apply();
    }

    /// <summary>What a resource depends on has no order.</summary>
    private static JsonNode Sorted(JsonNode resource)
    {
        var copy = resource.DeepClone();
        if (copy["DependsOn"] is JsonArray names) copy["DependsOn"] = new JsonArray([.. names.Select(name => (string)name!).Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]);
        return copy;
    }
}
