using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Lambda.Invoke;

/// <summary>
/// The chain of functions that led to an invocation, carried in the trace header's `Lineage=hash:count|…`, which AWS's SDKs pass on.
/// A function that meets itself sixteen times is stopped. AWS: "Use Lambda recursive loop detection".
/// </summary>
internal static class Lineage
{
    private const int Most = 16;
    private const string Name = "Lineage=";

    /// <summary>The trace with one more step of this function; throws when the chain has become a loop.</summary>
    public static string Step(string trace, FunctionRef function, bool mayLoop)
    {
        var own = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(function.Arn)).AsSpan(0, 4));
        if (!trace.Contains(Name, StringComparison.Ordinal)) return $"{trace};{Name}{own}:1"; // the first of its chain, as most are
        var parts = trace.Split(';').ToList();
        var at = parts.FindIndex(part => part.StartsWith(Name, StringComparison.Ordinal));
        var steps = new List<(string Hash, int Count)>();
        foreach (var step in at < 0 ? [] : parts[at][Name.Length..].Split('|'))
            if (step.Split(':') is [var hash, var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && steps.Count < 20)
                steps.Add((hash, number));
        var mine = steps.FindIndex(step => step.Hash == own);
        var next = mine < 0 ? 1 : steps[mine].Count + 1;
        if (next > Most && !mayLoop) throw Errors.Recursive(function.Arn);
        if (mine < 0) steps.Add((own, next));
        else steps[mine] = (own, Math.Min(next, 32767));
        var lineage = Name + string.Join('|', steps.Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Hash}:{step.Count}")));
        if (at < 0) parts.Add(lineage);
        else parts[at] = lineage;
        return string.Join(';', parts);
    }
}
