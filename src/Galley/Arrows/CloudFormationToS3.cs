using Galley.CloudFormation;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Templates by URL come out of this installation's buckets only.</summary>
internal sealed class CloudFormationToS3 : IReadTemplates
{
    public ValueTask<string?> Read(string bucket, string key, int most, Call call)
        => throw new AwsError("ValidationError", "Galley does not support TemplateURL yet; send the template as TemplateBody.");
}
