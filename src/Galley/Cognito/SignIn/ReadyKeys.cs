using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Galley.Cognito.SignIn;

/// <summary>RSA-2048 keys made ahead in the background, each given out once: to find one takes a tenth of a second, which tests that make pool after pool would feel.</summary>
internal static class ReadyKeys
{
    private const int Most = 8;
    private static readonly ConcurrentQueue<RSA> Keys = new();
    private static int _wanted, _making;

    /// <summary>A key of the caller's own, made before or made now.</summary>
    public static RSA Take()
    {
        if (!Keys.TryDequeue(out var key)) return Make();
        Fill();
        return key;
    }

    /// <summary>From now on so many are kept ready, at most eight.</summary>
    public static void Keep(int count)
    {
        _wanted = Math.Clamp(count, _wanted, Most);
        Fill();
    }

    private static void Fill()
    {
        if (Keys.Count >= _wanted || Interlocked.Exchange(ref _making, 1) != 0) return;
        new Thread(() =>
        {
            while (Keys.Count < _wanted) Keys.Enqueue(Make());
            Volatile.Write(ref _making, 0);
            if (Keys.Count < _wanted) Fill();
        })
        { IsBackground = true, Priority = ThreadPriority.BelowNormal, Name = "Galley keys" }.Start();
    }

    private static RSA Make()
    {
        var key = RSA.Create(2048);
        key.ExportParameters(includePrivateParameters: false); // OpenSSL finds the primes only now
        return key;
    }
}
