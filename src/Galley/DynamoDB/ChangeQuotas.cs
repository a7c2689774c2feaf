using System.Globalization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// How often AWS lets a table be changed: throughput lowered four times a day and then once an hour, each index for itself; two changes of the
/// table class in 30 days; four of the encryption in 24 hours and then one in six. Asked only where the installation throttles: who develops
/// deploys more often. Measured on AWS in October 2026; the words are AWS's.
/// </summary>
internal static class ChangeQuotas
{
    private const int MostDecreases = 4, MostEncryptionChanges = 4;
    private static readonly TimeSpan ClassWindow = TimeSpan.FromDays(30), BetweenDecreases = TimeSpan.FromHours(1), BetweenEncryptionChanges = TimeSpan.FromHours(6);

    /// <exception cref="AwsError">LimitExceededException</exception>
    public static void Check(TableDocument before, TableDocument after, UpdateTableRequest request, DateTimeOffset now)
    {
        CheckDecreases(before.History, after.History, now);
        foreach (var index in before.Indexes)
            if (after.Indexes.FirstOrDefault(kept => kept.Number == index.Number) is { } kept) CheckDecreases(index.History, kept.History, now);
        // Once both are spent, naming the class that the table has is refused, too.
        if (request.TableClass is not null && before.TableClassSince > now - ClassWindow && before.TableClassSinceBefore > now - ClassWindow)
            throw Exceeded("Updates to TableClass are limited to 2 times in 30 day(s).");
        if (request.SSESpecification is not null && before.EncryptionChanges is { } changes) CheckEncryption(changes, now);
    }

    private static void CheckDecreases(ThroughputHistory before, ThroughputHistory after, DateTimeOffset now)
    {
        if (before.LastDecrease is not { } last || after.Decreases == before.Decreases || before.DecreasesOn(now) < MostDecreases || now - last >= BetweenDecreases) return;
        var midnight = new DateTimeOffset(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
        throw Exceeded("Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. "
            + $"Number of decreases today: {before.DecreasesOn(now)}. Last decrease at {Told(last)}. Next decrease can be made at {Told(last + BetweenDecreases < midnight ? last + BetweenDecreases : midnight)}");

        static string Told(DateTimeOffset time) => time.UtcDateTime.ToString("dddd, MMMM d, yyyy 'at' h:mm:ss tt 'Coordinated Universal Time'", CultureInfo.InvariantCulture);
    }

    private static void CheckEncryption(EncryptionChanges changes, DateTimeOffset now)
    {
        if (changes.CountOn(now) < MostEncryptionChanges || now - changes.Last >= BetweenEncryptionChanges) return;
        var next = changes.Last + BetweenEncryptionChanges;
        throw Exceeded($"Encryption mode changes are limited in the 24h window ending at {Told(changes.End)}. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. "
            + $"Number of updates today: {changes.Count}. Last change at {Told(changes.Last)}. Next changes can be made at {Told(next < changes.End ? next : changes.End)}.");

        static string Told(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    private static AwsError Exceeded(string what) => new("LimitExceededException", "Subscriber limit exceeded: " + what);
}

/// <summary>Changes of a table's encryption in the 24 hours that began with the first of them.</summary>
internal sealed record EncryptionChanges(DateTimeOffset Since, DateTimeOffset Last, int Count)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public DateTimeOffset End => Since + TimeSpan.FromHours(24);

    public int CountOn(DateTimeOffset now) => now < End ? Count : 0;

    /// <param name="before">Null before the first.</param>
    public static EncryptionChanges After(EncryptionChanges? before, DateTimeOffset now)
        => before?.CountOn(now) > 0 ? before with { Last = now, Count = before.Count + 1 } : new(now, now, 1);
}
