namespace Galley.CloudFormation.Audit;

internal enum Severity
{
    Low,
    Medium,
    High,
}

/// <summary>One thing that a security reviewer would name.</summary>
/// <param name="Id">`s3-public`</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Title">What is wrong.</param>
/// <param name="Why">What can happen.</param>
/// <param name="Fix">What to write instead.</param>
/// <param name="Reference">Section of AWS's guides, an RFC or OWASP.</param>
internal sealed record Rule(string Id, Severity Severity, string Title, string Why, string Fix, string Reference);

/// <param name="Rule">What was found.</param>
/// <param name="Resource">Logical id, or a file with its line.</param>
/// <param name="Detail">The very value.</param>
internal sealed record Finding(Rule Rule, string Resource, string Detail)
{
    /// <summary>Why the template's author keeps it; null for an open finding.</summary>
    public string? Accepted { get; init; }
}
