using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>
/// Password hashes: PBKDF2-HMAC-SHA512 as a PHC string, a keyed hash with the master key on top. Hashing is the dearest thing a stranger can
/// make us do, so at most one runs per core, 64 wait, and more are refused.
/// </summary>
internal sealed partial class Passwords(Installation installation) : IDisposable
{
    private const int Queue = 64;

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
        var parts = stored.Split('$'); // "", "pbkdf2-sha512", "i=210000", salt, hash
        var hash = await Derive(password, Convert.FromBase64String(parts[3]), int.Parse(parts[2].AsSpan(2), CultureInfo.InvariantCulture));
        return CryptographicOperations.FixedTimeEquals(hash, Convert.FromBase64String(parts[4]));
    }

    /// <summary>After a right password: the user with what is out of date made anew; null when nothing is.</summary>
    public async ValueTask<User?> Refresh(UserPool pool, User user, string password)
    {
        var stale = user.PasswordHash?.StartsWith($"$pbkdf2-sha512$i={installation.Options.PasswordRounds}$", StringComparison.Ordinal) == false;
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
        var salt = installation.Ids.Bytes(16);
        var rounds = installation.Options.PasswordRounds;
        return $"$pbkdf2-sha512$i={rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(await Derive(password, salt, rounds))}";
    }

    private ValueTask<byte[]> Derive(string password, byte[] salt, int rounds)
        => Gate(() => installation.Secrets.Mac("cognito-password", Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA512, 64)));

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
        const int process = 0, calling = 0, polite = 10;
        if (OperatingSystem.IsLinux()) _ = SetPriority(process, calling, polite);
        installation.Options.BeforeHash?.Invoke();
        return work();
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int nice);
}
