namespace Galley.Lambda;

/// <summary>The runtimes that AWS knows, and those of them that run here.</summary>
internal static partial class Runtimes
{
    /// <summary>AWS's own enumeration, as its error writes it.</summary>
    private static readonly string[] Known =
    [
        "nodejs20.x", "provided.al2023", "python3.12", "python3.13", "nodejs22.x", "nodejs24.x", "java17", "nodejs16.x", "dotnet8", "python3.10", "java11", "python3.11",
        "dotnet6", "java21", "java25", "nodejs18.x", "provided.al2", "ruby3.3", "ruby3.4", "java8.al2", "ruby3.2", "python3.8", "python3.9", "python3.14",
    ];

    private static readonly string[] Here =
    [
        "python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x",
        "python3.14", "dotnet6", "dotnet8", "dotnet10", "provided", "provided.al2", "provided.al2023",
    ];

    public static string List => string.Join(", ", Known);

    public static bool IsKnown(string runtime) => Known.Contains(runtime) || Here.Contains(runtime) || Retired().IsMatch(runtime);

    [System.Text.RegularExpressions.GeneratedRegex(@"^(?:nodejs(?:4\.3(?:-edge)?|6\.10|8\.10|1[024]\.x)?|python(?:2\.7|3\.[67])|java8|ruby2\.[57]|go1\.x|dotnetcore(?:1\.0|2\.[01]|3\.1)|dotnet[57])$")]
    private static partial System.Text.RegularExpressions.Regex Retired();

    public static void Require(string runtime)
    {
        if (Here.Contains(runtime)) return;
        if (!Known.Contains(runtime) && Retired().IsMatch(runtime))
            throw Errors.InvalidParameter($"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.");
        throw Known.Contains(runtime)
            ? Errors.InvalidParameter($"Galley does not run the runtime {runtime}; it runs {string.Join(", ", Here)}.")
            : Errors.InvalidParameter($"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{string.Join(", ", Known)}] or be a valid ARN");
    }

    public static RuntimeKind KindOf(string runtime)
        => runtime.StartsWith("python", StringComparison.Ordinal) ? RuntimeKind.Python
            : runtime.StartsWith("nodejs", StringComparison.Ordinal) ? RuntimeKind.Node
            : runtime.StartsWith("dotnet", StringComparison.Ordinal) ? RuntimeKind.DotNet : RuntimeKind.Provided;
}

internal enum RuntimeKind
{
    Python,
    Node,
    DotNet,
    Provided,
}
