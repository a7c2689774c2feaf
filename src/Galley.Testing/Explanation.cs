using System.Text;
using Galley.Wire;

namespace Galley.Testing;

/// <summary>Why a request was answered as it was: every check that decided over it. `ToString` tells it in words.</summary>
public sealed record Explanation
{
    /// <summary>The id that its answer carries.</summary>
    public required string RequestId { get; init; }

    /// <summary>`GET d1.cloudfront.net/index.html`</summary>
    public required string Request { get; init; }

    /// <summary>`dynamodb GetItem`, or the kind of host that was asked.</summary>
    public required string Service { get; init; }

    /// <summary>Status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>What was checked, in order.</summary>
    public required IReadOnlyList<ExplanationStep> Steps { get; init; }

    /// <summary>The first check that said no; null when all said yes.</summary>
    public ExplanationStep? Refusal => Steps.FirstOrDefault(step => !step.Allowed);

    /// <summary>One line for the request and one for each check.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Request} ({Service}) was answered {Status}");
        foreach (var step in Steps) text.Append($"\n  {(step.Allowed ? "yes" : "NO ")} {step.Check}: {step.Why}{(step.Fix.Length > 0 ? $"\n      to mend it: {step.Fix}" : "")}");
        return text.ToString();
    }

    internal static Explanation Of(Trail trail) => new()
    {
        RequestId = trail.RequestId,
        Request = $"{trail.Method} {trail.Host}{trail.Path}",
        Service = trail.Operation.Length == 0 ? trail.Service : $"{trail.Service} {trail.Operation}",
        Status = trail.Status,
        Steps = [.. trail.Entries.Select(entry => new ExplanationStep(entry.Check, entry.Allowed, entry.About.Length == 0 ? entry.Why : $"{entry.Why} {entry.About}", entry.Fix))],
    };
}

/// <summary>One check.</summary>
/// <param name="Check">What decided: `signature`, `policy`, `token`, `cors`, `cache` …</param>
/// <param name="Allowed">Whether it said yes.</param>
/// <param name="Why">The reason.</param>
/// <param name="Fix">What would make it say yes; empty where nothing is to be said.</param>
public sealed record ExplanationStep(string Check, bool Allowed, string Why, string Fix);
