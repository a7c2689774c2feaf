using Galley.DynamoDB.Streams;
using Galley.Store;

namespace Galley.DynamoDB;

/// <summary>
/// What a change of an item takes along in its own transaction beside the indexes: the stream's record.
/// A table without any of it has no followers, and its writes cost nothing more.
/// </summary>
internal sealed class Followers(Table table, TimeProvider time)
{
    public static Followers? Of(Table table, TimeProvider time) => table.Document.Stream is { ClosedAt: null } ? new(table, time) : null;

    /// <param name="byService">The time to live removes the item.</param>
    public async ValueTask Note(ITransaction transaction, Item? old, Item? result, bool byService)
    {
        if (old is null && result is null || old is not null && result is not null && old.Same(result)) return; // nothing changed
        if (table.Document.Stream is { ClosedAt: null } stream) await StreamLog.Append(transaction, table, stream, old, result, time.GetUtcNow(), byService);
    }
}
