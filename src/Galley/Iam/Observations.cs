using System.Collections.Concurrent;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>
/// What was called by whom, so that the least policy can be written from it, and when a key or role was last used. Durable: a pair of action
/// and resource is written when it is seen first, a use at most every quarter of an hour, as AWS tells it no finer either.
/// </summary>
internal sealed class Observations(Installation installation, IStore store)
{
    private const int MostPerCaller = 2000;
    private static readonly TimeSpan Grain = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<(string Action, string Resource), bool>> _seen = new();
    private readonly ConcurrentDictionary<string, LastUse> _uses = new();

    public void Forget()
    {
        _seen.Clear();
        _uses.Clear();
    }

    /// <summary>An allowed call of a user or role; the root and services are nobody whose policy could be narrowed.</summary>
    public ValueTask Called(Principal principal, string action, string resource)
    {
        if (principal.Kind is not (PrincipalKind.User or PrincipalKind.AssumedRole)) return default;
        var caller = principal.RoleArn ?? principal.Arn;
        var seen = _seen.GetOrAdd(caller, _ => []);
        var pair = (action, Coarse(resource));
        return seen.ContainsKey(pair) || seen.Count >= MostPerCaller || !seen.TryAdd(pair, true) ? default : Keep();

        async ValueTask Keep() => await store.Write(tx =>
        {
            tx.Put(Keys.Observed(installation.Account, caller, pair.action, pair.Item2), new ObservedCall(pair.action, pair.Item2), IamStoreJson.Default.ObservedCall);
            return ValueTask.FromResult(true);
        });
    }

    /// <summary>A key was used for a service. Not waited for: it decides nothing.</summary>
    public void Used(Call call, string service)
    {
        var (id, now) = (call.Principal.AccessKeyId, installation.Now);
        if (id.Length == 0 || call.Principal.Kind == PrincipalKind.Root) return;
        var subject = call.Principal.RoleArn ?? id;
        if (_uses.TryGetValue(subject, out var last) && last.Service == service && now - last.Time < Grain) return;
        var use = _uses[subject] = new LastUse(now, service, call.Region);
        _ = Keep();

        async Task Keep()
        {
            try
            {
                await store.Write(tx =>
                {
                    tx.Put(Keys.LastUse(installation.Account, subject), use, IamStoreJson.Default.LastUse);
                    return ValueTask.FromResult(true);
                });
            }
            catch (ObjectDisposedException)
            {
                // we are stopping
            }
        }
    }

    public ValueTask<List<ObservedCall>> Of(string caller) => store.Read(tx => tx.List(Keys.ObservedOf(installation.Account, caller), IamStoreJson.Default.ObservedCall));

    public async ValueTask<LastUse?> LastUseOf(ISnapshot tx, string subject)
        => _uses.TryGetValue(subject, out var use) ? use : await tx.Get(Keys.LastUse(installation.Account, subject), IamStoreJson.Default.LastUse);

    /// <summary>Objects and log streams come without end and are named by their container, as a policy would.</summary>
    private static string Coarse(string resource)
    {
        if (resource.StartsWith("arn:aws:s3:::", StringComparison.Ordinal) && resource.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash) return resource[..slash] + "/*";
        return resource.IndexOf(":log-stream:", StringComparison.Ordinal) is > 0 and var stream ? resource[..stream] + ":*" : resource;
    }
}
