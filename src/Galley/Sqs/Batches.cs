using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Requests with up to ten entries, each of which may fail by itself.</summary>
internal static partial class Batches
{
    private const int Most = 10;

    /// <param name="entries">What came.</param>
    /// <param name="entry">AWS's name of an entry's type, for the error.</param>
    public static IReadOnlyList<T> Check<T>(IReadOnlyList<T>? entries, string entry) where T : IBatchEntry
    {
        if (entries is not { Count: > 0 }) throw Errors.EmptyBatch(entry);
        if (entries.Count > Most) throw Errors.TooManyEntries(Most, entries.Count);
        var seen = new HashSet<string>();
        foreach (var one in entries)
            if (one.Id is null) throw Errors.Missing($"{entry}.1.Id");
            else if (!Id().IsMatch(one.Id)) throw Errors.InvalidBatchEntryId();
            else if (!seen.Add(one.Id)) throw Errors.IdRepeated(one.Id);
        return entries;
    }

    public static BatchResultErrorEntry Failed(IBatchEntry entry, AwsError error) => new(entry.Id!, error.Status < 500, Errors.QueryCode(error.Code), error.Message);

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,80}$")]
    private static partial Regex Id();
}
