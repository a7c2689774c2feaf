using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Serve;

/// <summary>
/// Gets what a viewer asked for: from the cache, by revalidation, or from the origin, where requests for the same object wait for
/// one fetch. The result is an entry to send, or null when the body was too large to hold and has gone to the viewer already.
/// </summary>
internal sealed class Objects(Installation installation, Cache cache, Origins origins, Sending sending)
{
    private static readonly HashSet<string> Dropped = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
        "x-amz-request-id", "x-amz-id-2", "Age", "Via", "X-Cache", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "Alt-Svc",
    };

    private readonly ConcurrentDictionary<string, Task<Entry?>> _flights = new();

    internal readonly record struct Found(Entry? Entry, string XCache);

    public ValueTask<Found> Get(Exchange exchange)
    {
        var rules = exchange.Behavior!.Cache;
        var encoding = rules.Encoding(exchange.Http.Request.Headers);
        if (!exchange.Behavior.Caches(exchange.Method)) return PassThrough(exchange);
        var key = rules.Key(exchange.Site.Label, exchange.Method, exchange.Path, exchange.Query, encoding, exchange.Http.Request.Headers);
        var entry = cache.Get(key);
        return entry is not null && entry.FreshUntil > installation.Now ? new(new Found(entry, Hit(entry))) : Together(exchange, key, encoding, entry);
    }

    private static string Hit(Entry entry) => entry.Status >= 400 ? "Error from cloudfront" : "Hit from cloudfront";

    /// <summary>CachingDisabled: errors alone are kept, for their own time.</summary>
    private async ValueTask<Found> PassThrough(Exchange exchange)
    {
        if (exchange.Method is not ("GET" or "HEAD")) return await Fetch(exchange, null, "", null);
        var key = string.Concat(exchange.Site.Label, "e", exchange.Method, exchange.Behavior!.Cache.Key("", exchange.Method, exchange.Path, exchange.Query, "", exchange.Http.Request.Headers));
        return cache.Get(key) is { } error && error.FreshUntil > installation.Now ? new Found(error, Hit(error)) : await Fetch(exchange, key, "", null);
    }

    private async ValueTask<Found> Together(Exchange exchange, string key, string encoding, Entry? stale)
    {
        var promise = new TaskCompletionSource<Entry?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var flight = _flights.GetOrAdd(key, promise.Task);
        if (flight != promise.Task)
        {
            var shared = await flight.WaitAsync(exchange.Http.RequestAborted);
            return shared is not null ? new Found(shared, Hit(shared)) : await Fetch(exchange, key, encoding, cache.Get(key));
        }

        Entry? kept = null;
        try
        {
            var found = await Fetch(exchange, key, encoding, stale);
            kept = cache.Get(key) is { } now && ReferenceEquals(now, found.Entry) && now.FreshUntil > installation.Now ? now : null;
            return found;
        }
        finally
        {
            _flights.TryRemove(key, out _);
            promise.SetResult(kept);
        }
    }

    private async ValueTask<Found> Fetch(Exchange exchange, string? key, string encoding, Entry? stale)
    {
        var generation = cache.Generation;
        var usable = stale is { Status: < 400 } ? stale : null;
        try
        {
            var request = OriginHeaders.Of(exchange, encoding, usable, sending.Via);
            using var answer = await origins.Fetch(exchange.Behavior!.Origin, request, exchange.Http.RequestAborted);
            if (answer.Status == 304 && usable is not null && key is not null) return Refreshed(exchange, key, usable, answer, generation);
            if (answer.Status >= 500 && usable is not null) return new Found(usable, Hit(usable));
            return await Read(exchange, key, encoding, answer, generation);
        }
        catch (Exception e) when (e is OriginUnreachable or HttpRequestException or IOException && !exchange.Http.RequestAborted.IsCancellationRequested)
        {
            if (exchange.Http.Response.HasStarted) throw;
            if (usable is not null) return new Found(usable, Hit(usable));
            return Unreachable(exchange, key, (e as OriginUnreachable)?.Status ?? 502, generation);
        }
    }

    private async ValueTask<Found> Read(Exchange exchange, string? key, string encoding, OriginAnswer answer, int generation)
    {
        var behavior = exchange.Behavior!;
        var now = installation.Now;
        var bodiless = exchange.Method == "HEAD" && !behavior.Caches("HEAD");
        var collector = new Collector(Cache.MaxObject, async () =>
        {
            if (exchange.IsErrorPage) throw new IOException("The error page is too large.");
            await Start(exchange, answer);
            return HttpMethods.IsHead(exchange.Http.Request.Method) ? Stream.Null : exchange.Http.Response.Body;
        });
        await answer.Copy(collector, exchange.Http.RequestAborted);
        if (collector.Body is not { } body) return new Found(null, "Miss from cloudfront");
        // S3 writes as many bytes as it announced; HTTP clients throw on a short body, but only when it was framed
        if (!bodiless && answer.Length is { } announced && announced != body.Length) throw new IOException("The origin's answer is shorter than it said.");

        var kept = key is null ? null : Freshness.Of(answer, behavior.Cache, exchange.Site.Errors, now);
        if (behavior.Cache.Disabled && answer.Status < 400) kept = null;
        if (kept is not null && IsPersonal(exchange, answer)) kept = null;
        var headers = Kept(exchange, answer);
        var etag = answer.Header("ETag");
        if (encoding.Length > 0 && behavior.Compress && kept > TimeSpan.Zero && Compression.Suits(answer, body.Length))
        {
            body = Compression.Compress(body, encoding);
            if (etag is not null && !etag.StartsWith("W/", StringComparison.Ordinal)) etag = "W/" + etag;
            headers.RemoveAll(header => header.Key.Equals("ETag", StringComparison.OrdinalIgnoreCase));
            if (etag is not null) headers.Add(new("ETag", etag));
            headers.Add(new("Content-Encoding", encoding));
            Vary(headers);
        }

        var entry = new Entry
        {
            Status = answer.Status,
            Headers = Grouped(headers),
            Body = body,
            Stored = now,
            FreshUntil = now + (kept ?? TimeSpan.Zero),
            FirstAge = long.TryParse(answer.Header("Age"), NumberStyles.None, CultureInfo.InvariantCulture, out var age) ? age : 0,
            ETag = etag,
            LastModified = DateTimeOffset.TryParse(answer.Header("Last-Modified"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified) ? modified : null,
        };
        if (kept > TimeSpan.Zero || kept is not null && (entry.ETag ?? answer.Header("Last-Modified")) is not null) Keep(exchange, key!, entry, generation);
        return new Found(entry, answer.Status >= 400 ? "Error from cloudfront" : "Miss from cloudfront");
    }

    private Found Refreshed(Exchange exchange, string key, Entry stale, OriginAnswer answer, int generation)
    {
        var now = installation.Now;
        // 304 may leave Cache-Control out: then the object's own stands
        var merged = new List<KeyValuePair<string, string>>(answer.Headers);
        foreach (var (name, value) in stale.Headers)
            if (answer.Header(name) is null)
                merged.Add(new(name, value.ToString()));
        using var whole = new OriginAnswer(stale.Status, merged, null, (_, _) => Task.CompletedTask);
        var kept = Freshness.Of(whole, exchange.Behavior!.Cache, exchange.Site.Errors, now) ?? TimeSpan.Zero;
        var entry = new Entry
        {
            Status = stale.Status,
            Headers = stale.Headers,
            Body = stale.Body,
            Stored = now,
            FreshUntil = now + kept,
            ETag = stale.ETag,
            LastModified = stale.LastModified,
        };
        Keep(exchange, key, entry, generation);
        return new Found(entry, "RefreshHit from cloudfront");
    }

    private Found Unreachable(Exchange exchange, string? key, int status, int generation)
    {
        var now = installation.Now;
        var caching = exchange.Site.Errors.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture))?.Caching ?? ErrorRule.UsualCaching;
        var entry = new Entry
        {
            Status = status,
            Headers = [new("Content-Type", "text/html"), new("Server", "CloudFront")],
            Body = ErrorPages.Page(status, status == 504 ? ErrorPages.TimedOut : ErrorPages.Unreachable, exchange.RequestId),
            Stored = now,
            FreshUntil = now + caching,
            IsOurError = true,
        };
        if (key is not null) Keep(exchange, key, entry, generation);
        return new Found(entry, "Error from cloudfront");
    }

    private void Keep(Exchange exchange, string key, Entry entry, int generation)
    {
        var query = exchange.Behavior!.Cache.Query.Query(exchange.Query);
        entry.Site = exchange.Site.Label;
        entry.Path = query.Length > 0 ? $"{exchange.Path}?{query}" : exchange.Path;
        cache.Put(key, entry, generation);
    }

    /// <summary>What one viewer got must not reach another: cookies set for him, or a token sent on that is not part of the key.</summary>
    private static bool IsPersonal(Exchange exchange, OriginAnswer answer)
        => answer.Header("Set-Cookie") is not null && !StripsCookies(exchange.Behavior!)
            || exchange.Http.Request.Headers.Authorization.Count > 0 && exchange.Behavior!.Forward.Headers.Includes("Authorization") && !exchange.Behavior.Cache.Headers.Includes("Authorization");

    private static bool StripsCookies(Behavior behavior) => behavior.Cache.Cookies.IsNone && behavior.Forward.Cookies.IsNone;

    private static List<KeyValuePair<string, string>> Kept(Exchange exchange, OriginAnswer answer)
    {
        var behavior = exchange.Behavior!;
        var kept = new List<KeyValuePair<string, string>>();
        foreach (var header in answer.Headers)
        {
            if (Dropped.Contains(header.Key) || header.Key.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) && StripsCookies(behavior)) continue;
            if (header.Key.Equals("Vary", StringComparison.OrdinalIgnoreCase) && !behavior.Cache.Disabled)
            {
                // a header outside the key cannot vary what the cache gives
                var names = header.Value.Split(',', StringSplitOptions.TrimEntries).Where(name => name == "*" || name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase) || behavior.Cache.Headers.Includes(name)).ToList();
                if (names.Count > 0) kept.Add(new("Vary", string.Join(", ", names)));
                continue;
            }

            kept.Add(header);
        }

        return kept;
    }

    private static void Vary(List<KeyValuePair<string, string>> headers)
    {
        if (!headers.Exists(header => header.Key.Equals("Vary", StringComparison.OrdinalIgnoreCase) && header.Value.Contains("Accept-Encoding", StringComparison.OrdinalIgnoreCase)))
            headers.Add(new("Vary", "Accept-Encoding"));
    }

    private static KeyValuePair<string, StringValues>[] Grouped(List<KeyValuePair<string, string>> headers)
        => [.. headers.GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase).Select(group => KeyValuePair.Create(group.Key, new StringValues([.. group.Select(header => header.Value)])))];

    private ValueTask Start(Exchange exchange, OriginAnswer answer)
    {
        var response = exchange.Http.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in Grouped(Kept(exchange, answer))) response.Headers[name] = value;
        response.ContentLength = answer.Length;
        sending.Mark(exchange, "Miss from cloudfront");
        return ValueTask.CompletedTask;
    }
}
