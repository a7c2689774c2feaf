using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>
/// The lock after failed sign-ins: from the fifth failure on, 2^(n-5) seconds up to 15 minutes; tries meanwhile are refused and do not count;
/// a success or 15 quiet minutes clear it. An attempt is booked before its proof is looked at, so parallel tries cannot slip past.
/// </summary>
internal sealed class Attempts(Installation installation)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(15);

    // Tries for one name go one after the other, so that a burst of right passwords does not book itself out.
    private readonly SemaphoreSlim[] _lanes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Runs <paramref name="proof"/> unless the name is locked; books a failure when it says false.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="user">Who; null for an unknown name.</param>
    /// <param name="name">The name that was given.</param>
    /// <param name="proof">Says whether the proof is right.</param>
    /// <param name="kind">Second factors have a count of their own: a right password must not clear it.</param>
    public async ValueTask<bool> Try(UserPool pool, User? user, string name, Func<ValueTask<bool>> proof, string kind = "")
    {
        // An unknown name has a lock of its own like a known one, or the difference would tell; its row goes after a day, see Book.
        var key = user is not null ? pool.Fold(user.Username) : "\0" + Convert.ToHexStringLower(installation.Secrets.Mac("cognito-unknown", Encoding.UTF8.GetBytes(pool.Fold(name))).AsSpan(0, 16));
        if (kind.Length > 0) key += "\0" + kind;
        var lane = _lanes[(uint)string.GetHashCode(pool.Id + key, StringComparison.Ordinal) % _lanes.Length];
        await lane.WaitAsync();
        try
        {
            if (!await Book(pool, Keys.Attempts(pool.Ref, key), user is not null)) throw Errors.NotAuthorized("Password attempts exceeded");
            if (!await proof()) return false;
            await installation.Store.Write(tx =>
            {
                tx.Delete(Keys.Attempts(pool.Ref, key));
                return ValueTask.CompletedTask;
            });
            return true;
        }
        finally
        {
            lane.Release();
        }
    }

    private ValueTask<bool> Book(UserPool pool, byte[] key, bool known) => installation.Store.Write(async tx =>
    {
        var now = installation.Now;
        var failed = await tx.Get(key, CognitoJson.Default.Uses);
        if (failed is null && !known) await Ends.Put(tx, pool.Ref, now + TimeSpan.FromDays(1), key, now);
        if (failed is null || now - failed.Since >= Quiet) failed = new Uses(0, now);
        if (failed.Count >= 5 && now - failed.Since < Lock(failed.Count)) return false;
        tx.Put(key, new Uses(failed.Count + 1, now), CognitoJson.Default.Uses);
        return true;
    });

    private static TimeSpan Lock(int failures) => TimeSpan.FromSeconds(Math.Min(Math.Pow(2, failures - 5), Quiet.TotalSeconds - 1));
}
