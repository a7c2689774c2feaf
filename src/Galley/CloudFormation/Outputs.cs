using Galley.CloudFormation.Template;

namespace Galley.CloudFormation;

/// <summary>The outputs of a template, resolved.</summary>
internal static class Outputs
{
    public static IReadOnlyList<Output> Resolve(StackTemplate template, Intrinsics intrinsics)
        => [.. template.Outputs.Where(pair => intrinsics.IsTrue(Scalars.Text(pair.Value["Condition"]))).Select(pair => new Output(pair.Key, intrinsics.ResolveText(pair.Value["Value"], $"Output {pair.Key}"))
        {
            Description = Scalars.Text(pair.Value["Description"]),
            ExportName = pair.Value["Export"] is { } export ? intrinsics.ResolveText(export["Name"], $"Export name of output {pair.Key}") : null,
        })];
}
