using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>
/// Password hashes as PHC strings, by PBKDF2-HMAC-SHA512 or Argon2id (<see cref="PasswordHash"/>), a keyed hash with the master key on top. Each tells
/// how it was made, so both are known whatever is chosen now. Hashing is the dearest thing a stranger can make us do, so at most one runs per
/// core, 64 wait, and more are refused.
/// </summary>
internal sealed class Passwords(Installation installation) : IDisposable
{
    private const int Queue = 64, SaltSize = 16, Argon2Size = 32;

    /// <summary>OWASP's least for Argon2id: 19 MiB, two passes, one lane.</summary>
    private const string Argon2Head = "$argon2id$v=19$m=19456,t=2,p=1$";

    private readonly SemaphoreSlim _cores = new(Environment.ProcessorCount);
    private int _waiting;

    /// <summary>The user with the password set. The SRP verifier is kept only where some client of the pool can use it.</summary>
    public async ValueTask<User> Set(UserPool pool, User user, string password)
    {
        var former = (user.PasswordHash is { } current ? [current, .. user.OldPasswords ?? []] : user.OldPasswords ?? []).Take(pool.PasswordPolicy.PasswordHistorySize ?? 0).ToList();
        foreach (var old in former)
            if (await Matches(old, password)) throw Errors.PasswordUsedBefore();
        var hash = await Hash(password);
        return await WithVerifier(pool, user, password) with { PasswordHash = hash, OldPasswords = former.Count == 0 ? null : former };
    }

    /// <summary>Whether the password is right. For no user at all the same work is done.</summary>
    public async ValueTask<bool> Verify(User? user, string password)
    {
        if (user?.PasswordHash is not { } stored)
        {
            await Hash(password);
            return false;
        }

        return await Matches(stored, password);
    }

    private async ValueTask<bool> Matches(string stored, string password)
    {
        var hash = stored.LastIndexOf('$');
        var salt = stored.LastIndexOf('$', hash - 1);
        return CryptographicOperations.FixedTimeEquals(await Derive(stored[..(salt + 1)], password, FromBase64(stored[(salt + 1)..hash])), FromBase64(stored[(hash + 1)..]));
    }

    /// <summary>After a right password: the user with what is out of date made anew; null when nothing is.</summary>
    public async ValueTask<User?> Refresh(UserPool pool, User user, string password)
    {
        var stale = user.PasswordHash?.StartsWith(Head, StringComparison.Ordinal) == false;
        var fresh = user.SrpVerifier is null ? await WithVerifier(pool, user, password) : user;
        if (stale) fresh = fresh with { PasswordHash = await Hash(password) };
        return ReferenceEquals(fresh, user) ? null : fresh;
    }

    public string VerifierPurpose(UserPool pool, User user) => $"cognito-srp/{pool.Id}/{user.Username}";

    public void Dispose() => _cores.Dispose();

    private async ValueTask<User> WithVerifier(UserPool pool, User user, string password)
    {
        var clients = await installation.Store.Read(tx => tx.List(Keys.Clients(pool.Ref), CognitoJson.Default.UserPoolClient));
        if (clients.Count > 0 && !clients.Any(client => client.Allows("USER_SRP_AUTH")))
            return user.SrpVerifier is null ? user : user with { SrpSalt = null, SrpVerifier = null };
        var salt = installation.Ids.Bytes(16);
        var verifier = await Gate(() => Srp.Verifier(pool.Ref.ShortName, user.Username, password, salt));
        return user with { SrpSalt = Convert.ToHexStringLower(salt), SrpVerifier = installation.Secrets.Seal(VerifierPurpose(pool, user), verifier) };
    }

    private async ValueTask<string> Hash(string password)
    {
        var (head, salt) = (Head, installation.Ids.Bytes(SaltSize));
        return $"{head}{ToBase64(head, salt)}${ToBase64(head, await Derive(head, password, salt))}";
    }

    /// <summary>How a password is hashed that is set now: everything of the PHC string before the salt.</summary>
    private string Head => installation.Options.PasswordHash == PasswordHash.Argon2id ? Argon2Head : $"$pbkdf2-sha512$i={installation.Options.PasswordRounds}$";

    private ValueTask<byte[]> Derive(string head, string password, byte[] salt) => Gate(() => installation.Secrets.Mac("cognito-password", head.Split('$', ',') switch
    {
        [_, "pbkdf2-sha512", var rounds, _] => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, Number(rounds), HashAlgorithmName.SHA512, 64),
        [_, "argon2id", "v=19", var memory, var passes, var lanes, _] => Argon2id.Derive(Encoding.UTF8.GetBytes(password), salt, Number(memory), Number(passes), Number(lanes), Argon2Size),
        _ => throw new InvalidDataException("This password was hashed in a way that this Galley does not know."),
    }));

    /// <summary>`i=210000` → 210000.</summary>
    private static int Number(string parameter) => int.Parse(parameter.AsSpan(2), CultureInfo.InvariantCulture);

    /// <summary>PHC strings have no padding; those by PBKDF2 have always had it here.</summary>
    private static string ToBase64(string head, byte[] bytes) => head == Argon2Head ? Convert.ToBase64String(bytes).TrimEnd('=') : Convert.ToBase64String(bytes);

    private static byte[] FromBase64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));

    private async ValueTask<T> Gate<T>(Func<T> work)
    {
        if (Interlocked.Increment(ref _waiting) > Queue + Environment.ProcessorCount)
        {
            Interlocked.Decrement(ref _waiting);
            throw Errors.TooManyRequests();
        }

        try
        {
            await _cores.WaitAsync();
            try
            {
                return await Aside(work);
            }
            finally
            {
                _cores.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>
    /// On a thread of its own, since as many hashes as cores would take all threads that answer requests; and where threads have a rank of
    /// their own (Linux), behind those.
    /// </summary>
    private Task<T> Aside<T>(Func<T> work) => Task.Factory.StartNew(() =>
    {
        Turns.Shorten(TimeSpan.FromMilliseconds(0.1), nice: 10); // a nice thread still has its tenth of a busy machine
        installation.Options.BeforeHash?.Invoke();
        return work();
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
