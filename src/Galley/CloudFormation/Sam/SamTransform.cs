using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>The transform `AWS::Serverless-2016-10-31`.</summary>
internal sealed class SamTransform(StackTemplate template, IReadOnlyDictionary<string, string> parameters, string region)
{
    public const string Name = "AWS::Serverless-2016-10-31";

    public JsonObject Apply() => throw Errors.NotSupported("the transform " + Name + parameters.Count + region + template.Transforms.Count);
}
