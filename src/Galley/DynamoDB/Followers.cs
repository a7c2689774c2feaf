using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Streams;
using Galley.DynamoDB.Upkeep;
using Galley.Store;

namespace Galley.DynamoDB;

/// <summary>
/// What a change of an item takes along in its own transaction beside the indexes: the stream's record, the time of its expiry, and
/// what point-in-time recovery needs to undo it.
/// A table without any of it has no followers, and its writes cost nothing more.
/// </summary>
internal sealed class Followers(Table table, TimeProvider time)
{
    public static Followers? Of(Table table, TimeProvider time) => table.Document is { Stream: { ClosedAt: null } } or { TimeToLive: not null } or { Recovery: not null } ? new(table, time) : null;

    /// <param name="byService">The time to live removes the item.</param>
    public async ValueTask Note(ITransaction transaction, Item? old, Item? result, bool byService)
    {
        if (old is null && result is null || old is not null && result is not null && old.Same(result)) return; // nothing changed
        var now = time.GetUtcNow();
        if (table.Document.Stream is { ClosedAt: null } stream) await StreamLog.Append(transaction, table, stream, old, result, now, byService);
        if (table.Document.TimeToLive is not null) Expiries.Note(transaction, table, old, result, now);
        if (table.Document.Recovery is { } recovery) await TableHistory.Append(transaction, table, recovery.Number, old, result, now);
    }
}
