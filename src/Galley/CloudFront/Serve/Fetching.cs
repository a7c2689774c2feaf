using System.Globalization;
using Galley.CloudFront.Code;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFront.Serve;

/// <summary>Asks the origin, and keeps, sends on or refreshes by what it answers.</summary>
internal sealed class Fetching(Installation installation, Cache cache, Origins origins, EdgeCode code, Sending sending)
{
    private readonly bool _strict = installation.Options.StrictCache;
    private readonly Freshness _freshness = new(installation.Options.StrictCache);

    public async ValueTask<Found> Fetch(Exchange exchange, string? key, string encoding, Entry? stale)
    {
        var generation = cache.Generation;
        var usable = stale is { Status: < 400 } ? stale : null;
        try
        {
            var request = OriginHeaders.Of(exchange, encoding, usable, sending.Via);
            using var answer = await Ask(exchange, request);
            if (answer.Status == 304 && usable is not null && key is not null) return Refreshed(exchange, key, usable, answer, generation);
            if (answer.Status >= 500 && usable?.StandsIn(installation.Now) == true) return Objects.Hit(usable) with { Why = "stale, since the origin fails" };
            if (_strict && exchange.Method is not ("GET" or "HEAD" or "OPTIONS" or "TRACE") && answer.Status < 400) InvalidateBy(exchange, answer);
            return await Read(exchange, key, encoding, answer, generation);
        }
        catch (Exception e) when (e is OriginUnreachable or HttpRequestException or IOException && !exchange.Http.RequestAborted.IsCancellationRequested)
        {
            if (exchange.Http.Response.HasStarted)
            {
                // the viewer must not take what it has for the whole
                exchange.Http.Abort();
                return new Found(null, XCaches.Error, "the origin's answer ended too early");
            }

            if (usable?.StandsIn(installation.Now) == true) return Objects.Hit(usable) with { Why = "stale, since the origin cannot be reached" };
            exchange.Http.Response.Clear();
            return Unreachable(exchange, key, (e as OriginUnreachable)?.Status ?? 502, e.Message, generation);
        }
    }

    /// <summary>The origin's answer, or its stand-in's (origin groups), or that of code at the edge.</summary>
    private async ValueTask<OriginAnswer> Ask(Exchange exchange, OriginRequest request)
    {
        if (await code.OriginRequest(exchange, request) is { } generated) return generated;
        var origin = request.Origin ?? exchange.Behavior!.Origin;
        var group = request.Origin is null && exchange.Method is "GET" or "HEAD" or "OPTIONS" ? exchange.Behavior!.Failover : null;
        OriginAnswer answer;
        try
        {
            answer = await origins.Fetch(origin, request, exchange.Http.RequestAborted);
        }
        catch (OriginUnreachable) when (group is not null)
        {
            answer = await origins.Fetch(group.Second, request, exchange.Http.RequestAborted);
            group = null;
        }

        if (group?.Statuses.Contains(answer.Status) == true)
        {
            answer.Dispose();
            answer = await origins.Fetch(group.Second, request, exchange.Http.RequestAborted);
        }

        return await code.OriginResponse(exchange, request, answer);
    }

    private async ValueTask<Found> Read(Exchange exchange, string? key, string encoding, OriginAnswer answer, int generation)
    {
        var (behavior, http, now) = (exchange.Behavior!, exchange.Http, installation.Now);
        var life = _freshness.Of(answer, behavior.Cache, exchange.Site.Errors, http.Request.Headers.Authorization.Count > 0 && behavior.ForwardsHeader("Authorization"), now);
        if (key is null || behavior.Cache.Disabled && answer.Status < 400) life = life with { Kept = null, Why = "the behaviour does not cache" };
        else if (answer.Status == 206 && (Ranges.Key(http.Request.Headers) is not { } range || !key.EndsWith(range, StringComparison.Ordinal) || answer.Header("Vary") is not null)) life = life with { Kept = null, Why = "a part" };
        else if (answer.Status != 206 && Ranges.Key(http.Request.Headers) is { } part && key.EndsWith(part, StringComparison.Ordinal)) key = key[..^part.Length];
        if (life.Kept is not null && Personal(exchange, answer, life) is { } reason) life = life with { Kept = null, Why = reason };
        var headers = AnswerHeaders.Kept(behavior, answer, _strict);
        var validated = answer.Header("ETag") ?? answer.Header("Last-Modified");
        var keeps = life.Kept > TimeSpan.Zero || life.Kept is not null && validated is not null;
        var xCache = answer.Generated ? XCaches.Lambda : answer.Status >= 400 ? XCaches.Error : XCaches.Miss;
        if (!keeps && !exchange.IsErrorPage && !(answer.Status >= 400 && exchange.Site.HasPageFor(answer.Status)))
        {
            await Stream(exchange, answer, headers, xCache, life);
            return new Found(null, xCache, life.Why);
        }

        using var file = new FileHolder();
        var compresses = encoding.Length > 0 && behavior.Compress && keeps && life.Kept > TimeSpan.Zero && Compression.Suits(answer);
        var spill = new Spill(compresses ? Compression.Most : Cache.MaxInMemory, async () =>
        {
            if (exchange.IsErrorPage) throw new IOException("The error page is too large.");
            await Begin(exchange, answer, headers, xCache, life);
            file.Stream = keeps && !(answer.Length > cache.MaxOnDisk) ? cache.Files.Create() : null;
            return [.. new[] { HttpMethods.IsHead(http.Request.Method) ? null : http.Response.Body, file.Stream }.OfType<Stream>()];
        });
        await answer.Copy(spill, http.RequestAborted);
        // S3 writes as many bytes as it announced; HTTP clients throw on a short body, but only when it was framed
        if (answer.Length is { } announced && announced != spill.Written) throw new IOException("The origin's answer is shorter than it said.");
        var content = spill.Body is { } body ? new Content(body) : file.Take(spill.Written);
        if (content is null) return new Found(null, xCache, life.Why);
        if (compresses && content.Length >= Compression.Least) content = Compressed(content, encoding, headers);
        var entry = Made(answer, headers, content, life, now);
        if (keeps) Keep(exchange, key!, AnswerHeaders.Personal(answer) is { Count: > 0 } personal ? Made(answer, AnswerHeaders.Without(headers, personal), content, life, now) : entry, answer, generation);
        return new Found(spill.Body is null ? null : entry, xCache, life.Why);
    }

    private static Content Compressed(Content content, string encoding, List<KeyValuePair<string, string>> headers)
    {
        var at = headers.FindIndex(header => header.Key.Equals("ETag", StringComparison.OrdinalIgnoreCase));
        if (at >= 0 && !headers[at].Value.StartsWith("W/", StringComparison.Ordinal)) headers[at] = new("ETag", "W/" + headers[at].Value);
        headers.Add(new("Content-Encoding", encoding));
        if (!headers.Exists(header => header.Key.Equals("Vary", StringComparison.OrdinalIgnoreCase) && header.Value.Contains("Accept-Encoding", StringComparison.OrdinalIgnoreCase)))
            headers.Add(new("Vary", "Accept-Encoding"));
        return new Content(Compression.Compress(content.Bytes, encoding));
    }

    private static Entry Made(OriginAnswer answer, List<KeyValuePair<string, string>> headers, Content content, Lifetime life, DateTimeOffset now) => new()
    {
        Status = answer.Status,
        Headers = AnswerHeaders.Grouped(headers),
        Content = content,
        Stored = now,
        FreshUntil = now + (life.Kept ?? TimeSpan.Zero),
        Lifetime = life,
        ETag = headers.Find(header => header.Key.Equals("ETag", StringComparison.OrdinalIgnoreCase)).Value,
        LastModified = Freshness.HttpDate(answer.Header("Last-Modified")),
    };

    private async ValueTask Begin(Exchange exchange, OriginAnswer answer, List<KeyValuePair<string, string>> headers, string xCache, Lifetime life)
    {
        var response = exchange.Http.Response;
        foreach (var (name, value) in AnswerHeaders.Grouped(headers)) response.Headers[name] = value;
        response.ContentLength = answer.Length;
        if (life.Age > TimeSpan.Zero) response.Headers.Age = ((long)life.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        exchange.BytesSent = answer.Length ?? 0;
        await sending.Begin(exchange, answer.Status, new Found(null, xCache, life.Why));
    }

    private async ValueTask Stream(Exchange exchange, OriginAnswer answer, List<KeyValuePair<string, string>> headers, string xCache, Lifetime life)
    {
        await Begin(exchange, answer, headers, xCache, life);
        if (exchange.Method == "HEAD" || answer.Status is 204 or 304) return;
        var to = HttpMethods.IsHead(exchange.Http.Request.Method) ? System.IO.Stream.Null : exchange.Http.Response.Body;
        await answer.Copy(to, exchange.Http.RequestAborted);
    }

    private Found Refreshed(Exchange exchange, string key, Entry stale, OriginAnswer answer, int generation)
    {
        var now = installation.Now;
        var headers = AnswerHeaders.Updated(stale, answer, exchange.Behavior!, _strict);
        using var whole = new OriginAnswer(stale.Status, AnswerHeaders.WithAge(headers, answer), null, (_, _) => Task.CompletedTask);
        var life = _freshness.Of(whole, exchange.Behavior!.Cache, exchange.Site.Errors, false, now);
        var entry = new Entry
        {
            Status = stale.Status,
            Headers = AnswerHeaders.Grouped(headers),
            Content = stale.Content,
            Stored = now,
            FreshUntil = now + (life.Kept ?? TimeSpan.Zero),
            Lifetime = life,
            ETag = stale.ETag,
            LastModified = stale.LastModified,
        };
        (entry.Site, entry.Path) = (stale.Site, stale.Path);
        cache.Put(key, entry, generation);
        return new Found(entry, XCaches.RefreshHit, life.Why);
    }

    private Found Unreachable(Exchange exchange, string? key, int status, string why, int generation)
    {
        var now = installation.Now;
        var rule = exchange.Site.Errors.GetValueOrDefault(status.ToString(CultureInfo.InvariantCulture))?.Caching;
        var caching = rule ?? (_strict ? TimeSpan.Zero : ErrorRule.UsualCaching);
        var entry = new Entry
        {
            Status = status,
            Headers = [new("Content-Type", "text/html"), new("Server", "CloudFront")],
            Content = new Content(ErrorPages.Page(status, status == 504 ? ErrorPages.TimedOut : ErrorPages.Unreachable, exchange.RequestId)),
            Stored = now,
            FreshUntil = now + caching,
            Lifetime = new Lifetime(caching, Lifetime.Unasked),
        };
        if (key is not null && caching > TimeSpan.Zero) Keep(exchange, key, entry, null, generation);
        return new Found(entry, XCaches.Error, why);
    }

    private void Keep(Exchange exchange, string key, Entry entry, OriginAnswer? answer, int generation)
    {
        var query = exchange.Behavior!.Cache.Query.Query(exchange.Query);
        entry.Site = exchange.Site.Label;
        entry.Path = query.Length > 0 ? $"{exchange.Path}?{query}" : exchange.Path;
        if (_strict && answer?.Joined("Vary") is { } vary)
        {
            var names = vary.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var at = key.IndexOf('\v', StringComparison.Ordinal);
            if (at >= 0) key = key[..at];
            var index = new Entry { Status = 0, Headers = [], Content = Content.Empty, Stored = entry.Stored, Varies = names, FreshUntil = DateTimeOffset.MaxValue, Site = entry.Site, Path = entry.Path };
            cache.Put(key, index, generation);
            key = CacheRules.Variant(key, names, exchange.Http.Request.Headers);
        }

        cache.Put(key, entry, generation);
    }

    /// <summary>RFC 9111 §4.4; CloudFront itself does not do it.</summary>
    private void InvalidateBy(Exchange exchange, OriginAnswer answer)
    {
        var host = exchange.Http.Request.Host.Host;
        List<string> paths = [exchange.Path, exchange.Query.Length > 0 ? $"{exchange.Path}?{exchange.Query}" : exchange.Path];
        foreach (var name in (string[])["Location", "Content-Location"])
            if (answer.Header(name) is { } target && Uri.TryCreate(new Uri($"http://{host}{exchange.Path}"), target, out var uri) && uri.Host == host)
                paths.Add(uri.PathAndQuery);
        cache.Invalidate(exchange.Site.Label, paths);
    }

    /// <summary>What one viewer got must not reach another: cookies set for him, or a token sent on that is not part of the key.</summary>
    private string? Personal(Exchange exchange, OriginAnswer answer, Lifetime life)
    {
        if (_strict) return null; // RFC 9111 leaves cookies to Cache-Control; tokens are in the lifetime
        var behavior = exchange.Behavior!;
        if (answer.Header("Set-Cookie") is not null && !AnswerHeaders.StripsCookies(behavior) && !CacheControl.Of(answer.Joined("Cache-Control")).Fields.Contains("Set-Cookie", StringComparer.OrdinalIgnoreCase)) return "Set-Cookie";
        if (exchange.Http.Request.Headers.Authorization.Count > 0 && behavior.Forward.Headers.Includes("Authorization") && !behavior.Cache.Headers.Includes("Authorization")) return "Authorization was sent on and is not in the key";
        return null;
    }

    /// <summary>A file of the disk tier that is deleted unless it was taken.</summary>
    private sealed class FileHolder : IDisposable
    {
        public FileStream? Stream { get; set; }

        public Content? Take(long length)
        {
            if (Stream is not { } stream) return null;
            stream.Dispose();
            Stream = null;
            return new Content(ReadOnlyMemory<byte>.Empty, stream.Name, length);
        }

        public void Dispose()
        {
            if (Stream is not { } stream) return;
            stream.Dispose();
            Disk.Delete(stream.Name);
        }
    }
}
