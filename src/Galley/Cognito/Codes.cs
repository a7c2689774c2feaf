using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Six-digit codes that are sent: one live code per user and purpose, kept as a keyed hash, dead after its time or five wrong tries.</summary>
internal sealed class Codes(Installation installation)
{
    public const string SignUp = "sign-up", Reset = "reset", Email = "email", Phone = "phone_number";

    private const int Tries = 5;

    public static TimeSpan Life(string purpose) => purpose == Reset ? TimeSpan.FromHours(1) : TimeSpan.FromHours(24);

    /// <summary>A new code; to be put in the same write as what it is for, and mailed after that.</summary>
    public string Make() => installation.Ids.Next(6, Ids.Digits);

    /// <param name="tx">The write.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="user">Whose code.</param>
    /// <param name="purpose">What for.</param>
    /// <param name="code">The code.</param>
    /// <param name="attribute">Where it goes: a code proves only that address.</param>
    /// <param name="address">The address, when it is not yet the user's.</param>
    public void Put(ITransaction tx, UserPool pool, User user, string purpose, string code, string attribute = "email", string? address = null)
    {
        var key = pool.Fold(user.Username);
        tx.Put(Keys.Code(pool.Ref, key, purpose), new StoredCode(Convert.ToBase64String(Mac(pool, key, purpose, code)), installation.Now + Life(purpose), 0, address ?? user[attribute], attribute), CognitoJson.Default.StoredCode);
    }

    /// <summary>
    /// Takes the code: no error when it was right (and is gone), with the address it proves. A wrong try counts, so the caller must let the
    /// write commit and throw after it.
    /// </summary>
    public async ValueTask<(AwsError? Problem, StoredCode? Taken)> Take(ITransaction tx, UserPool pool, User user, string purpose, string given)
    {
        var key = pool.Fold(user.Username);
        var at = Keys.Code(pool.Ref, key, purpose);
        if (await tx.Get(at, CognitoJson.Default.StoredCode) is not { } stored) return (Errors.CodeExpired(), null);
        if (stored.Expires <= installation.Now || stored.Tries >= Tries) return (Errors.CodeExpired(), null);
        if (CryptographicOperations.FixedTimeEquals(Mac(pool, key, purpose, given), Convert.FromBase64String(stored.Mac)))
        {
            tx.Delete(at);
            var attribute = stored.Attribute ?? "email";
            var proves = stored.Email == user[attribute] || purpose == attribute && stored.Email == user.Pending?.FirstOrDefault(pending => pending.Name == attribute)?.Value;
            return proves ? (null, stored) : (Errors.CodeExpired(), null);
        }

        tx.Put(at, stored with { Tries = stored.Tries + 1 }, CognitoJson.Default.StoredCode);
        return (Errors.CodeMismatch(), null);
    }

    private byte[] Mac(UserPool pool, string user, string purpose, string code)
        => installation.Secrets.Mac($"cognito-code/{pool.Id}/{purpose}", Encoding.UTF8.GetBytes($"{user}\0{code.Trim()}"));
}

/// <param name="Mac">Keyed hash of user and code.</param>
/// <param name="Expires">When it dies by itself.</param>
/// <param name="Tries">Wrong tries so far.</param>
/// <param name="Email">The address it went to.</param>
/// <param name="Attribute">Which attribute that is: `email` or `phone_number`.</param>
internal sealed record StoredCode(string Mac, DateTimeOffset Expires, int Tries, string? Email, string? Attribute);
