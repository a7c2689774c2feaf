using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Reads a template out of a bucket of this installation, as the caller.</summary>
internal interface IReadTemplates
{
    /// <summary>The text; null when there is no such object or the caller may not read it. Longer than <paramref name="most"/> bytes is null too.</summary>
    ValueTask<string?> Read(string bucket, string key, int most, Call call);
}
