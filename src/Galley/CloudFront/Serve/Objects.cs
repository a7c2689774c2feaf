using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFront.Serve;

/// <summary>What there is to send, and how it was come by; no entry when it has been sent already.</summary>
internal readonly record struct Found(Entry? Entry, string XCache, string Why);

/// <summary>
/// Gets what a viewer asked for: from the cache, by revalidation, or from the origin, where requests for the same object wait for
/// one fetch. An answer that turns out to be for one viewer alone is shared with nobody: each of the others fetches its own.
/// </summary>
internal sealed class Objects(Installation installation, Cache cache, Fetching fetching)
{
    private readonly ConcurrentDictionary<string, Task<Entry?>> _flights = new();

    public ValueTask<Found> Get(Exchange exchange)
    {
        var rules = exchange.Behavior!.Cache;
        if (!exchange.Behavior.Caches(exchange.Method)) return PassThrough(exchange);
        var headers = exchange.Http.Request.Headers;
        var encoding = rules.Encoding(headers);
        var key = rules.Key(exchange.Site.Label, exchange.Method, exchange.Path, exchange.Query, encoding, headers);
        var entry = cache.Get(key);
        if (entry?.Varies is { } names)
        {
            key = CacheRules.Variant(key, names, headers);
            entry = cache.Get(key);
        }

        var now = installation.Now;
        if (entry is not null && entry.IsFresh(now)) return new(Hit(entry));
        if (entry is null && headers.Range.Count > 0 && Ranges.Key(headers) is { } range)
        {
            key += range;
            entry = cache.Get(key);
            if (entry is not null && entry.IsFresh(now)) return new(Hit(entry));
        }

        if (entry is not null && now < entry.FreshUntil + entry.Lifetime.StaleWhileRevalidate)
        {
            if (Interlocked.Exchange(ref entry.Renewing, 1) == 0) _ = Renew(exchange.Detached(), key, encoding, entry);
            return new(Hit(entry) with { Why = "stale-while-revalidate" });
        }

        return Together(exchange, key, encoding, entry);
    }

    /// <summary>Forgets an entry whose file is gone.</summary>
    public void Drop(Entry entry) => cache.Drop(entry);

    public static Found Hit(Entry entry) => new(entry, entry.Status >= 400 ? XCaches.Error : XCaches.Hit, entry.Lifetime.Why);

    /// <summary>CachingDisabled: errors alone are kept, for their own time.</summary>
    private async ValueTask<Found> PassThrough(Exchange exchange)
    {
        if (exchange.Method is not ("GET" or "HEAD")) return await fetching.Fetch(exchange, null, "", null);
        var rules = exchange.Behavior!.Cache;
        var headers = exchange.Http.Request.Headers;
        if (rules.Headers.All) return await fetching.Fetch(exchange, null, rules.Encoding(headers), null);
        var key = string.Concat(exchange.Site.Label, "e", exchange.Method, rules.Key("", exchange.Method, exchange.Path, exchange.Query, "", headers));
        return cache.Get(key) is { } error && error.IsFresh(installation.Now) ? Hit(error) : await fetching.Fetch(exchange, key, rules.Encoding(headers), null);
    }

    private async ValueTask<Found> Together(Exchange exchange, string key, string encoding, Entry? stale)
    {
        var promise = new TaskCompletionSource<Entry?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flight = _flights.GetOrAdd(key, promise.Task);
        if (flight != promise.Task)
        {
            var shared = await flight.WaitAsync(exchange.Http.RequestAborted);
            return shared is not null && Serves(shared, key, exchange) ? Hit(shared) : await fetching.Fetch(exchange, key, encoding, cache.Get(key));
        }

        Entry? kept = null;
        try
        {
            var found = await fetching.Fetch(exchange, key, encoding, stale);
            kept = cache.Get(key) is { } now && now.IsFresh(installation.Now) ? now : null;
            return found;
        }
        finally
        {
            _flights.TryRemove(key, out _);
            promise.SetResult(kept);
        }
    }

    /// <summary>What came of one flight serves the others only if the answer did not turn out to vary.</summary>
    private bool Serves(Entry shared, string key, Exchange exchange) => shared.Varies is null
        || cache.Get(CacheRules.Variant(key, shared.Varies, exchange.Http.Request.Headers)) is { } variant && variant.IsFresh(installation.Now);

    private async Task Renew(Exchange exchange, string key, string encoding, Entry stale)
    {
        try
        {
            await fetching.Fetch(exchange, key, encoding, stale);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            installation.Log($"cloudfront: {exchange.Site.Label}{exchange.Path} could not be renewed: {e.Message}");
        }
        finally
        {
            Volatile.Write(ref stale.Renewing, 0);
        }
    }
}

/// <summary>`X-Cache`.</summary>
internal static class XCaches
{
    public const string Hit = "Hit from cloudfront", Miss = "Miss from cloudfront", RefreshHit = "RefreshHit from cloudfront", Error = "Error from cloudfront",
        Redirect = "Redirect from cloudfront", Function = "FunctionGeneratedResponse from cloudfront", FunctionError = "FunctionExecutionError from cloudfront",
        Lambda = "LambdaGeneratedResponse from cloudfront", LambdaError = "LambdaExecutionError from cloudfront";
}
