using System.Globalization;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Buckets and queues as destinations of invocations. AWS: "Capturing records of Lambda asynchronous invocations", "Retaining discarded records".</summary>
internal static class Destinations
{
    private const string Prefix = "arn:aws:s3:::";

    /// <summary>The bucket of a destination's ARN; null when it is none.</summary>
    public static string? BucketOf(string arn) => arn.StartsWith(Prefix, StringComparison.Ordinal) && !arn.Contains('/', StringComparison.Ordinal) ? arn[Prefix.Length..] : null;

    public static bool IsQueue(string arn) => arn.Split(':') is ["arn", _, "sqs", { Length: > 0 }, { Length: 12 }, { Length: > 0 }];

    /// <summary>A target as it is stored: clients take one away by an empty text.</summary>
    public static string? Kept(string? target) => string.IsNullOrEmpty(target) ? null : target;

    /// <summary>`aws/lambda/async/NAME/2026/11/28/2026-11-28T04.05.06-UUID`.</summary>
    public static string KeyOf(string of, DateTimeOffset time, string id)
        => string.Create(CultureInfo.InvariantCulture, $"aws/lambda/{of}/{time.UtcDateTime:yyyy/MM/dd/yyyy-MM-dd'T'HH.mm.ss}-{id}");
}
