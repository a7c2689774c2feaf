using System.Text.Json;

namespace Galley.Lambda.Sources;

/// <summary>The partial answer of a function that reports batch item failures: nothing means success, a known place means "from here again".</summary>
internal static class BatchItemFailures
{
    /// <summary>Of the ids of a batch those that failed: all of them when the answer is no list of them, or names one that was not there.</summary>
    public static IReadOnlyCollection<string> Of(ReadOnlyMemory<byte> answer, IReadOnlyCollection<string> ids)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("batchItemFailures", out var failures) || failures.ValueKind == JsonValueKind.Null) return [];
            if (failures.ValueKind != JsonValueKind.Array) return ids;
            var failed = failures.EnumerateArray().Select(failure => failure.ValueKind == JsonValueKind.Object && failure.TryGetProperty("itemIdentifier", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : "").ToList();
            return failed.TrueForAll(ids.Contains) ? failed : ids;
        }
        catch (JsonException)
        {
            return ids;
        }
    }

    /// <summary>How many records from the start succeeded.</summary>
    public static int First(ReadOnlyMemory<byte> answer, List<SourceRecord> batch)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("batchItemFailures", out var failures) || failures.ValueKind == JsonValueKind.Null) return batch.Count;
            if (failures.ValueKind != JsonValueKind.Array) return 0;
            var first = batch.Count;
            foreach (var failure in failures.EnumerateArray())
            {
                // An answer that names no record, or one that was not there, fails the whole batch.
                if (failure.ValueKind != JsonValueKind.Object || !failure.TryGetProperty("itemIdentifier", out var id) || id.ValueKind != JsonValueKind.String) return 0;
                var at = batch.FindIndex(record => record.Sequence == id.GetString());
                if (at < 0) return 0;
                first = Math.Min(first, at);
            }

            return first;
        }
        catch (JsonException)
        {
            return 0;
        }
    }
}
