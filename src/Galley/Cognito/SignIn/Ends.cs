using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>Rows that are worth nothing after a time, and go then: each write that adds one takes a few dead ones away.</summary>
internal static class Ends
{
    private const int AtOnce = 20;

    /// <summary>Lets the row at <paramref name="key"/> go some time after <paramref name="at"/>. The row's reader checks the time itself.</summary>
    public static async ValueTask Put(ITransaction tx, PoolRef pool, DateTimeOffset at, byte[] key, DateTimeOffset now)
    {
        var dead = new List<Entry>();
        await foreach (var entry in tx.Range(Keys.Ends(pool), Keys.End(pool, now, [])))
        {
            dead.Add(entry);
            if (dead.Count == AtOnce) break;
        }

        foreach (var (end, row) in dead)
        {
            tx.Delete(end);
            tx.Delete(row);
        }

        tx.Put(Keys.End(pool, at, key), key);
    }
}
