using System.Security.Cryptography;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>A transaction's `ClientRequestToken`, and what tells its request from others.</summary>
internal sealed record ClientToken(string Token, byte[] Hash)
{
    /// <summary>Null without a token. Made before the transaction, as hashing takes its time.</summary>
    public static ClientToken? Of(string? token, Func<byte[]> request) => token is null ? null : new(token, SHA256.HashData(request()));
}

/// <summary>The tokens of the last ten minutes: a request that comes again with its token succeeds without a second effect.</summary>
internal sealed class ClientTokens(Installation installation)
{
    private const int Swept = 10;
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>How far ended tokens were taken away, by region, and when to look again. Used inside writes only, which come one after the other.</summary>
    private readonly Dictionary<string, (byte[] From, long Due)> _sweeps = [];

    /// <summary>True when the token came with this request before. Throws when it came with another one.</summary>
    public async ValueTask<bool> Knows(ITransaction transaction, ClientToken token, Call call)
    {
        if (await transaction.Get(Keys.Token(call, token.Token)) is not { } known || BitConverter.ToInt64(known) <= Now) return false;
        return known.AsSpan(sizeof(long)).SequenceEqual(token.Hash) ? true : throw Errors.IdempotentParameterMismatch();
    }

    /// <summary>Notes the token in the very transaction that it stands for, and takes away some that have ended.</summary>
    public async ValueTask Note(ITransaction transaction, ClientToken token, Call call)
    {
        var (key, until) = (Keys.Token(call, token.Token), Now + (long)Life.TotalMilliseconds);
        transaction.Put(key, [.. BitConverter.GetBytes(until), .. token.Hash]);
        transaction.Put(Keys.Expiry(call, until, token.Token), key);
        await Sweep(transaction, call);
    }

    /// <summary>Where nothing more has ended, the next look is a second later; it begins where the last one stopped, not among what was deleted.</summary>
    private async ValueTask Sweep(ITransaction transaction, Call call)
    {
        var now = Now;
        if (!_sweeps.TryGetValue(call.Region, out var sweep)) sweep = (Keys.Expiries(call), 0);
        if (now < sweep.Due) return;
        var ended = new List<Entry>();
        await foreach (var entry in transaction.Range(sweep.From, Keys.Expiry(call, now, "")))
        {
            ended.Add(entry);
            if (ended.Count == Swept) break;
        }

        foreach (var entry in ended)
        {
            transaction.Delete(entry.Key);
            // A token that ended and came again has a later end: it stays.
            if (await transaction.Get(entry.Value) is { } known && BitConverter.ToInt64(known) <= now) transaction.Delete(entry.Value);
        }

        _sweeps[call.Region] = (ended.Count == 0 ? sweep.From : ended[^1].Key, ended.Count == Swept ? now : now + 1000);
    }

    private long Now => installation.Now.ToUnixTimeMilliseconds();
}
