namespace Galley.CloudFormation;

internal sealed record ListExportsRequest;

internal sealed record ListExportsResponse(IReadOnlyList<ExportSummary> Exports);

internal sealed record ExportSummary(string ExportingStackId, string Name, string Value);

internal sealed record ListImportsRequest
{
    public required string ExportName { get; init; }
}

internal sealed record ListImportsResponse(IReadOnlyList<string> Imports);
