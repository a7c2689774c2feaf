using System.Text.Json.Nodes;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Sam;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.Tests.CloudFormation;

public class SamTransformTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Galley.Tests", "CloudFormation", "Sam");

    [Theory]
    [InlineData("tests/Galley.Tests/CloudFormation/Sam/features.yaml", "features.expected.json")]
    [InlineData("samples/cook-recipes/template.yaml", "cook-recipes.expected.json")]
    public void It_makes_what_the_official_translator_makes(string template, string expected)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, template)).Replace("functions/publish/", "s3://bucket/code.zip", StringComparison.Ordinal);
        var made = Transform(text);
        var wanted = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, expected)))!.AsObject();
        Assert.Equal(wanted["Resources"]!.AsObject().Select(pair => pair.Key).Order(), made["Resources"]!.AsObject().Select(pair => pair.Key).Order());
        foreach (var (name, resource) in wanted["Resources"]!.AsObject())
            Assert.True(Differences.Same(resource, made["Resources"]![name]), $"{name}\nwanted {resource!.ToJsonString()}\nmade   {made["Resources"]![name]!.ToJsonString()}");
        foreach (var section in (string[])["Outputs", "Parameters", "Conditions"])
            Assert.True(Differences.Same(wanted[section], made[section]), section);
    }

    [Theory]
    [InlineData("Type: AWS::Serverless::Application", "AWS::Serverless::Application")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, AutoPublishAlias: live}", "AutoPublishAlias")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Events: {E: {Type: SQS}}}", "SQS")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Policies: [{SQSPollerPolicy: {QueueName: q}}]}", "SQSPollerPolicy")]
    [InlineData("Type: AWS::Serverless::HttpApi\n    Properties: {DefinitionBody: {}}", "DefinitionBody")]
    [InlineData("Type: AWS::Serverless::Function\n    Properties: {CodeUri: ./src}", "CodeUri")]
    public void What_it_does_not_support_it_refuses_by_name(string resource, string named)
    {
        var error = Assert.Throws<AwsError>(() => Transform($"Transform: AWS::Serverless-2016-10-31\nResources:\n  X:\n    {resource}\n"));
        Assert.Equal("ValidationError", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static JsonObject Transform(string text)
    {
        var template = StackTemplate.Read(TemplateText.Parse(text));
        return new SamTransform(template, new Dictionary<string, string>()).Apply();
    }
}
