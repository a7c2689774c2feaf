using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

/// <summary>
/// The table of <see cref="CacheCases"/> against the cache in its two profiles: CloudFront's own, and RFC 9111's (`--strict-cache`).
/// The distribution keeps nothing without the origin's word (TTLs 0, 0, 30 days), has the query in its key and sends all headers on.
/// </summary>
public class CacheConformanceTests
{
    [Fact]
    public void There_are_enough_cases() => Assert.True(CacheCases.All().Count() >= 120);

    [Fact]
    public Task As_RFC_9111_says() => Run(strict: true);

    [Fact]
    public Task As_CloudFront_does() => Run(strict: false);

    private static async Task Run(bool strict)
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        var script = new Script(time);
        await using var origin = await TestOrigin.Start(script.Answer);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Time = time, StrictCache = strict });
        var js = new AwsJs(server);
        var policy = await js.Call("cloudfront", "CreateCachePolicy", new
        {
            CachePolicyConfig = new
            {
                Name = "conformance",
                MinTTL = 0,
                DefaultTTL = 0,
                MaxTTL = 2_592_000,
                ParametersInCacheKeyAndForwardedToOrigin = new
                {
                    EnableAcceptEncodingGzip = false,
                    HeadersConfig = new { HeaderBehavior = "none" },
                    CookiesConfig = new { CookieBehavior = "none" },
                    QueryStringsConfig = new { QueryStringBehavior = "all" },
                },
            },
        });
        var config = Configs.Custom(origin.Port, (string)policy["CachePolicy"]!["Id"]!)
            .With("DefaultCacheBehavior/OriginRequestPolicyId", "b689b0a8-53d0-40ab-baf2-68738e2966ac")
            .With("DefaultCacheBehavior/AllowedMethods", JsonNode.Parse("""{"Quantity":7,"Items":["GET","HEAD","OPTIONS","PUT","POST","PATCH","DELETE"],"CachedMethods":{"Quantity":2,"Items":["GET","HEAD"]}}"""));
        var (_, domain) = await Configs.Create(js, config);
        using var viewer = new TestViewer(server, domain);
        var failures = new List<string>();
        var number = 0;
        foreach (var cacheCase in CacheCases.All())
            if (await Problem(cacheCase, "/case/" + ++number, viewer, script, time, strict) is { } problem)
                failures.Add($"{cacheCase.Area}: {cacheCase.Name}: {problem}");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static async Task<string?> Problem(CacheCase cacheCase, string path, TestViewer viewer, Script script, FakeTimeProvider time, bool strict)
    {
        for (var i = 0; i < cacheCase.Steps.Length; i++)
        {
            var step = cacheCase.Steps[i];
            var expect = Of(step.Expect, strict);
            time.Advance(TimeSpan.FromSeconds(step.After));
            script.Expect(path, step.Answer.Length == 0 ? cacheCase.Steps[0].Answer : step.Answer);
            var query = step.Ask.FirstOrDefault(ask => ask.StartsWith('?')) ?? "";
            var seen = await viewer.Send(step.Method, path + query, [.. step.Ask.Where(ask => !ask.StartsWith('?')).Select(ask => (ask.Split(": ")[0], ask.Split(": ", 2)[1]))]);
            if (expect == "renewing") await script.Asked(path).WaitAsync(TimeSpan.FromSeconds(20));
            var got = script.Take(path);
            var wanted = expect switch { "hit" => "", "validated" or "fetched-conditional" => "condition", "renewing" => "plain", _ => "plain" };
            if (got != wanted) return $"step {i + 1}: the origin was asked '{got}', not '{wanted}'";
            if (step.Status is { } status && seen.Status != status) return $"step {i + 1}: status {seen.Status}, not {status}";
            if (step.Body is { } body && seen.Text != body) return $"step {i + 1}: body '{seen.Text}', not '{body}'";
            foreach (var sees in step.Sees.Select(sees => Of(sees, strict, "/!")))
                if (sees.StartsWith('!') ? seen.Headers.ContainsKey(sees[1..]) : seen[sees.Split(": ")[0]] != sees.Split(": ", 2)[1])
                    return $"step {i + 1}: header {sees.Split(": ")[0]} is '{seen[sees.TrimStart('!').Split(": ")[0]]}', wanted {sees}";
        }

        return null;
    }

    /// <summary>`a/b`: a by RFC 9111, b by CloudFront.</summary>
    private static string Of(string text, bool strict, string separator = "/")
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 || separator == "/" && text.Contains(": ", StringComparison.Ordinal) ? text : strict ? text[..at] : text[(at + 1)..];
    }

    /// <summary>The origin: for every path the answer that its next request gets, and what it was asked.</summary>
    private sealed class Script(TimeProvider time)
    {
        private readonly ConcurrentDictionary<string, string[]> _answers = new();
        private readonly ConcurrentDictionary<string, string> _asked = new();
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new();

        public void Expect(string path, string[] answer)
        {
            _answers[path] = answer;
            _waiting[path] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public Task Asked(string path) => _waiting[path].Task;

        public string Take(string path) => _asked.TryRemove(path, out var asked) ? asked : "";

        public async Task Answer(HttpContext http)
        {
            var path = http.Request.Path.Value!;
            var answer = _answers[path];
            var conditional = http.Request.Headers.IfNoneMatch.Count > 0 || http.Request.Headers.IfModifiedSince.Count > 0;
            _asked[path] = conditional ? "condition" : "plain";
            _waiting[path].TrySetResult();
            if (answer.Contains(":abort"))
            {
                http.Abort();
                return;
            }

            http.Response.Headers.Date = Date(0);
            var body = "body";
            foreach (var line in answer)
                if (line.StartsWith(":status ", StringComparison.Ordinal)) http.Response.StatusCode = int.Parse(line[8..], CultureInfo.InvariantCulture);
                else if (line.StartsWith(":body ", StringComparison.Ordinal)) body = line[6..];
                else if (!line.StartsWith(':'))
                {
                    var (name, value) = (line.Split(':')[0], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
                    if (value.StartsWith('@')) value = Date(int.Parse(value[1..], CultureInfo.InvariantCulture));
                    if (name == "Date") http.Response.Headers.Date = value;
                    else http.Response.Headers.Append(name, value);
                }

            if (conditional && !answer.Contains(":changed")) http.Response.StatusCode = 304;
            else if (http.Response.StatusCode is not (204 or 304)) await http.Response.WriteAsync(body);
        }

        private string Date(int seconds) => time.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture);
    }
}
