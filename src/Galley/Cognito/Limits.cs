using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>How often an hour one user may do what can be abused. AWS: 15 confirmations, 5 resends, 5 password changes, then LimitExceededException.</summary>
internal static class Limits
{
    /// <summary>Counts one use; the error when it is one too many. The caller lets the write commit and throws after it.</summary>
    public static async ValueTask<AwsError?> Count(ITransaction tx, UserPool pool, User user, string operation, int perHour, DateTimeOffset now)
    {
        var key = Keys.Limit(pool.Ref, pool.Fold(user.Username), operation);
        var used = await tx.Get(key, CognitoJson.Default.Uses);
        if (used is null || now - used.Since >= TimeSpan.FromHours(1)) used = new Uses(0, now);
        if (used.Count >= perHour) return Errors.LimitExceeded();
        tx.Put(key, used with { Count = used.Count + 1 }, CognitoJson.Default.Uses);
        return null;
    }
}

/// <param name="Count">Uses so far.</param>
/// <param name="Since">Begin of the hour.</param>
internal sealed record Uses(int Count, DateTimeOffset Since);
