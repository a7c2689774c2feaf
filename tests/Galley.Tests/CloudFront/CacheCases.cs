namespace Galley.Tests.CloudFront;

/// <summary>One request of a case and what must come of it.</summary>
/// <param name="Expect">`fetched`: the origin is asked for the whole; `hit`: it is not asked; `validated`: it is asked with a condition. `a/b`: a by RFC 9111, b by CloudFront.</param>
/// <param name="Answer">The origin's answer to this request: headers, and `:status N`, `:body text`, `:abort`.</param>
internal sealed record CacheStep(string Expect, string[] Answer)
{
    public string Method { get; init; } = "GET";

    public string[] Ask { get; init; } = [];

    public int After { get; init; }

    public int? Status { get; init; }

    public string? Body { get; init; }

    /// <summary>A header that the viewer must see, `Name: value`; `!Name` for none.</summary>
    public string[] Sees { get; init; } = [];
}

/// <param name="Area">Section of RFC 9111 or of CloudFront's guide, in a word.</param>
/// <param name="Name">What must hold.</param>
internal sealed record CacheCase(string Area, string Name, params CacheStep[] Steps);

/// <summary>
/// What a shared cache must do, request by request, by RFC 9111 and RFC 9110, and where CloudFront's guide says otherwise: the
/// expectation after the slash.
/// </summary>
internal static class CacheCases
{
    private const string Modified = "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT", Tag = "ETag: \"v1\"";

    public static IEnumerable<CacheCase> All() => [.. Freshness(), .. Parsing(), .. Ages(), .. Directives(), .. Validation(), .. Vary(), .. Statuses(), .. Ranges(), .. Methods(), .. Headers(), .. Stale(), .. Keys()];

    private static CacheStep First(params string[] answer) => new("fetched", answer);

    private static CacheStep Then(string expect, int after = 0, params string[] ask) => new(expect, []) { After = after, Ask = ask };

    private static IEnumerable<CacheCase> Freshness()
    {
        yield return new("freshness", "max-age is honoured to the second", First("Cache-Control: max-age=60"), Then("hit", 59), Then("fetched", 2));
        yield return new("freshness", "max-age=0 is not reused", First("Cache-Control: max-age=0"), Then("fetched"));
        yield return new("freshness", "s-maxage wins over max-age, longer", First("Cache-Control: max-age=1, s-maxage=60"), Then("hit", 30));
        yield return new("freshness", "s-maxage wins over max-age, shorter", First("Cache-Control: s-maxage=1, max-age=60"), Then("fetched", 2));
        yield return new("freshness", "s-maxage on another line wins", First("Cache-Control: max-age=60", "Cache-Control: s-maxage=1"), Then("fetched", 2));
        yield return new("freshness", "s-maxage wins over Expires", First("Cache-Control: s-maxage=60", "Expires: @-60"), Then("hit", 30));
        yield return new("freshness", "Expires in the future is honoured", First("Expires: @60"), Then("hit", 59), Then("fetched", 2));
        yield return new("freshness", "Expires in the past is stale", First("Expires: @-60"), Then("fetched"));
        yield return new("freshness", "Expires now is stale", First("Expires: @0"), Then("fetched"));
        yield return new("freshness", "Expires: 0 is stale", First("Expires: 0"), Then("fetched"));
        yield return new("freshness", "Expires: -1 is stale", First("Expires: -1"), Then("fetched"));
        yield return new("freshness", "two Expires are stale", First("Expires: @60", "Expires: @90"), Then("fetched"));
        yield return new("freshness", "Expires counts from Date", First("Date: @100", "Expires: @90"), Then("fetched"));
        yield return new("freshness", "max-age wins over a past Expires", First("Cache-Control: max-age=60", "Expires: @-60"), Then("hit", 30));
        yield return new("freshness", "max-age wins over a future Expires", First("Cache-Control: max-age=1", "Expires: @600"), Then("fetched", 2));
        yield return new("freshness", "max-age wins over an unreadable Expires", First("Cache-Control: max-age=60", "Expires: soon"), Then("hit", 30));
        yield return new("freshness", "Expires in RFC 850's form", First("Expires: Sunday, 06-Nov-94 08:49:37 GMT"), Then("fetched"));
        yield return new("freshness", "Expires in asctime's form", First("Expires: Sun Nov  6 08:49:37 1994"), Then("fetched"));
        yield return new("freshness", "without a word it is not reused when the default TTL is 0", First(), Then("fetched"));
        yield return new("freshness", "a lifetime beyond the maximum TTL is cut", First("Cache-Control: max-age=4000000"), Then("hit", 2_500_000), Then("fetched", 100_000));
        yield return new("freshness", "max-age of 2^31", First("Cache-Control: max-age=2147483648"), Then("hit", 1000));
        yield return new("freshness", "max-age beyond 64 bits", First("Cache-Control: max-age=99999999999999999999999"), Then("hit", 1000));
        yield return new("heuristic", "a tenth of the time since Last-Modified; CloudFront has its default TTL", First("Last-Modified: @-1000"), Then("hit/validated", 50));
        yield return new("heuristic", "no longer than that", First("Last-Modified: @-1000"), Then("validated", 101));
        yield return new("heuristic", "not for 201", First(":status 201", "Last-Modified: @-1000"), Then("fetched", 1));
        yield return new("heuristic", "not for 202", First(":status 202", "Last-Modified: @-1000"), Then("fetched", 1));
        yield return new("heuristic", "for 203", First(":status 203", "Last-Modified: @-1000"), Then("hit/validated", 1));
        yield return new("heuristic", "for 301", First(":status 301", "Location: /x", "Last-Modified: @-1000"), Then("hit/validated", 1));
        yield return new("heuristic", "not for 302", First(":status 302", "Location: /x", "Last-Modified: @-1000"), Then("fetched", 1));
        yield return new("heuristic", "for 410", First(":status 410", "Last-Modified: @-1000"), Then("hit/fetched", 1));
        yield return new("heuristic", "not for 599", First(":status 599", "Last-Modified: @-1000"), Then("fetched", 1));
        yield return new("heuristic", "for 599 with public", First(":status 599", "Cache-Control: public", "Last-Modified: @-1000"), Then("hit/fetched", 1));
    }

    private static IEnumerable<CacheCase> Parsing()
    {
        yield return new("parsing", "directives in any case", First("Cache-Control: MaX-aGe=60"), Then("hit", 30));
        yield return new("parsing", "leading zeros", First("Cache-Control: max-age=0060"), Then("hit", 30), Then("fetched", 31));
        yield return new("parsing", "a quoted number", First("Cache-Control: max-age=\"60\""), Then("hit", 30));
        yield return new("parsing", "a single-quoted number is none", First("Cache-Control: max-age='60'"), Then("fetched"));
        yield return new("parsing", "a negative number is none", First("Cache-Control: max-age=-60"), Then("fetched"));
        yield return new("parsing", "a fraction is none", First("Cache-Control: max-age=60.5"), Then("fetched"));
        yield return new("parsing", "letters are none", First("Cache-Control: max-age=a60"), Then("fetched"));
        yield return new("parsing", "no number at all", First("Cache-Control: max-age="), Then("fetched"));
        yield return new("parsing", "max-age inside a quoted string is no directive", First("Cache-Control: x=\"max-age=60\", max-age=1"), Then("fetched", 2));
        yield return new("parsing", "the same after the real one", First("Cache-Control: max-age=1, x=\"max-age=60\""), Then("fetched", 2));
        yield return new("parsing", "an escaped quote does not end the string", First("Cache-Control: x=\"a\\\", max-age=60\", max-age=1"), Then("fetched", 2));
        yield return new("parsing", "of two the shorter", First("Cache-Control: max-age=60, max-age=1"), Then("fetched", 2));
        yield return new("parsing", "of two lines the shorter", First("Cache-Control: max-age=1", "Cache-Control: max-age=60"), Then("fetched", 2));
        yield return new("parsing", "unknown directives are passed over", First("Cache-Control: a, b=c, max-age=60, community=\"UCI\""), Then("hit", 30));
        yield return new("parsing", "empty members are passed over", First("Cache-Control: , ,max-age=60,"), Then("hit", 30));
        yield return new("parsing", "a name that only begins alike", First("Cache-Control: max-age-x=0, max-age=60"), Then("hit", 30));
        yield return new("parsing", "no blanks", First("Cache-Control:max-age=60,public"), Then("hit", 30));
    }

    private static IEnumerable<CacheCase> Ages()
    {
        yield return new("age", "Age uses up the lifetime", First("Cache-Control: max-age=60", "Age: 50"), Then("hit", 9), Then("fetched", 2));
        yield return new("age", "an Age beyond the lifetime is stale", First("Cache-Control: max-age=60", "Age: 7200"), Then("fetched"));
        yield return new("age", "Age uses up Expires too", First("Expires: @60", "Age: 50"), Then("fetched", 11));
        yield return new("age", "the viewer sees Age and what came since", First("Cache-Control: max-age=60", "Age: 10"), Then("hit", 5) with { Sees = ["Age: 15"] });
        yield return new("age", "Age is made where there was none", First("Cache-Control: max-age=60"), Then("hit", 7) with { Sees = ["Age: 7"] });
        yield return new("age", "no number", First("Cache-Control: max-age=60", "Age: abc"), Then("fetched"));
        yield return new("age", "a negative number", First("Cache-Control: max-age=60", "Age: -1"), Then("fetched"));
        yield return new("age", "a fraction", First("Cache-Control: max-age=60", "Age: 1.0"), Then("fetched"));
        yield return new("age", "two lines", First("Cache-Control: max-age=60", "Age: 0", "Age: 0"), Then("fetched"));
        yield return new("age", "a parameter", First("Cache-Control: max-age=60", "Age: 1;a=b"), Then("fetched"));
        yield return new("age", "of a list the first member", First("Cache-Control: max-age=60", "Age: 0,7200"), Then("hit"));
        yield return new("age", "of a list the first member, stale", First("Cache-Control: max-age=60", "Age: 7200,0"), Then("fetched"));
        yield return new("age", "an old Date is an age; CloudFront does not look", First("Cache-Control: max-age=60", "Date: @-120"), Then("fetched/hit"));
    }

    private static IEnumerable<CacheCase> Directives()
    {
        yield return new("directives", "no-store", First("Cache-Control: no-store"), Then("fetched"));
        yield return new("directives", "no-store in any case", First("Cache-Control: No-StOrE"), Then("fetched"));
        yield return new("directives", "no-store beside max-age", First("Cache-Control: max-age=60, no-store", "Expires: @60"), Then("fetched"));
        yield return new("directives", "no-store is not even revalidated", First("Cache-Control: no-store", Tag), Then("fetched"));
        yield return new("directives", "private", First("Cache-Control: private, max-age=60"), Then("fetched"));
        yield return new("directives", "no-cache", First("Cache-Control: no-cache, max-age=60"), Then("fetched"));
        yield return new("directives", "no-cache is revalidated", First("Cache-Control: no-cache", Tag), Then("validated"));
        yield return new("directives", "no-cache is revalidated though fresh", First("Cache-Control: no-cache, max-age=60", Tag), Then("validated"));
        yield return new("directives", "no-cache of a field keeps the rest", First("Cache-Control: no-cache=\"X-One\", max-age=60", "X-One: 1", "X-Two: 2"), Then("hit") with { Sees = ["!X-One", "X-Two: 2"] });
        yield return new("directives", "private of a field keeps the rest", First("Cache-Control: private=\"X-One\", max-age=60", "X-One: 1"), Then("hit") with { Sees = ["!X-One"] });
        yield return new("directives", "the first viewer gets such a field", First("Cache-Control: no-cache=\"X-One\", max-age=60", "X-One: 1") with { Sees = ["X-One: 1"] });
        yield return new("directives", "public with max-age", First("Cache-Control: public, max-age=60"), Then("hit", 30));
        yield return new("directives", "must-revalidate while fresh", First("Cache-Control: max-age=60, must-revalidate"), Then("hit", 30));
        yield return new("directives", "must-revalidate when stale", First("Cache-Control: max-age=60, must-revalidate", Tag), Then("validated", 61));
        yield return new("directives", "immutable ends as well", First("Cache-Control: max-age=60, immutable", Tag), Then("validated", 61));
        yield return new("directives", "must-understand and a status that is not understood", First(":status 599", "Cache-Control: max-age=60, must-understand"), Then("fetched"));
        yield return new("directives", "a viewer's no-cache changes nothing", First("Cache-Control: max-age=60"), Then("hit", 0, "Cache-Control: no-cache"));
        yield return new("directives", "a viewer's Pragma changes nothing", First("Cache-Control: max-age=60"), Then("hit", 0, "Pragma: no-cache"));
        yield return new("directives", "Pragma of the origin says nothing", First("Cache-Control: max-age=60", "Pragma: no-cache"), Then("hit"));
        yield return new("auth", "an answer to Authorization is not shared", First("Cache-Control: max-age=60") with { Ask = ["Authorization: Bearer a"] }, Then("fetched", 0, "Authorization: Bearer b"));
        yield return new("auth", "nor given to whoever has none", First("Cache-Control: max-age=60") with { Ask = ["Authorization: Bearer a"] }, Then("fetched"));
        yield return new("auth", "public shares it; CloudFront has it in the key or not at all", First("Cache-Control: max-age=60, public") with { Ask = ["Authorization: Bearer a"] }, Then("hit/fetched"));
        yield return new("auth", "s-maxage shares it", First("Cache-Control: s-maxage=60") with { Ask = ["Authorization: Bearer a"] }, Then("hit/fetched"));
        yield return new("auth", "must-revalidate shares it", First("Cache-Control: max-age=60, must-revalidate") with { Ask = ["Authorization: Bearer a"] }, Then("hit/fetched"));
    }

    private static IEnumerable<CacheCase> Validation()
    {
        yield return new("validation", "a stale object with ETag is revalidated", First("Cache-Control: max-age=1", Tag), Then("validated", 2), Then("hit"));
        yield return new("validation", "a weak ETag too", First("Cache-Control: max-age=1", "ETag: W/\"v1\""), Then("validated", 2));
        yield return new("validation", "Last-Modified too", First("Cache-Control: max-age=1", Modified), Then("validated", 2));
        yield return new("validation", "a 304 renews the lifetime", First("Cache-Control: max-age=10", Tag), Then("validated", 11), Then("hit", 9), Then("validated", 2));
        yield return new("validation", "a 304 with another lifetime", First("Cache-Control: max-age=1", Tag), Then("validated", 2) with { Answer = ["Cache-Control: max-age=100"] }, Then("hit", 50));
        yield return new("validation", "a 304 brings headers", First("Cache-Control: max-age=1", Tag, "X-A: 1"), Then("validated", 2) with { Answer = ["X-A: 2"], Sees = ["X-A: 2"] });
        yield return new("validation", "a 304 leaves the others", First("Cache-Control: max-age=1", Tag, "X-A: 1"), Then("validated", 2) with { Sees = ["X-A: 1"] });
        yield return new("validation", "a 304 does not change what tells of the body", First("Cache-Control: max-age=1", Tag, "Content-MD5: a"), Then("validated", 2) with { Answer = ["Content-MD5: b", "Content-Encoding: x"], Sees = ["Content-MD5: a", "!Content-Encoding", "ETag: \"v1\""] });
        yield return new("validation", "another answer replaces the object", First("Cache-Control: max-age=1", Tag, ":body one"), Then("fetched-conditional", 2) with { Answer = [":changed", "Cache-Control: max-age=60", ":body two"], Body = "two" }, Then("hit") with { Body = "two" });
        yield return new("validation", "If-None-Match of the viewer is answered from the cache", First("Cache-Control: max-age=60", Tag), Then("hit", 0, "If-None-Match: \"v1\"") with { Status = 304, Sees = ["ETag: \"v1\""] });
        yield return new("validation", "of several tags one is enough", First("Cache-Control: max-age=60", Tag), Then("hit", 0, "If-None-Match: \"v0\", \"v1\", \"v2\"") with { Status = 304 });
        yield return new("validation", "weak comparison", First("Cache-Control: max-age=60", Tag), Then("hit", 0, "If-None-Match: W/\"v1\"") with { Status = 304 });
        yield return new("validation", "the star", First("Cache-Control: max-age=60", Tag), Then("hit", 0, "If-None-Match: *") with { Status = 304 });
        yield return new("validation", "another tag gets the object", First("Cache-Control: max-age=60", Tag), Then("hit", 0, "If-None-Match: \"v2\"") with { Status = 200 });
        yield return new("validation", "If-Modified-Since, the same date", First("Cache-Control: max-age=60", Modified), Then("hit", 0, "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT") with { Status = 304 });
        yield return new("validation", "If-Modified-Since, later", First("Cache-Control: max-age=60", Modified), Then("hit", 0, "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT") with { Status = 304 });
        yield return new("validation", "If-Modified-Since, earlier", First("Cache-Control: max-age=60", Modified), Then("hit", 0, "If-Modified-Since: Mon, 01 Jan 2018 00:00:00 GMT") with { Status = 200 });
        yield return new("validation", "If-None-Match goes before If-Modified-Since", First("Cache-Control: max-age=60", Tag, Modified), Then("hit", 0, "If-None-Match: \"v2\"", "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT") with { Status = 200 });
        yield return new("validation", "a condition on an unknown object is the viewer's own affair", First("Cache-Control: max-age=60", Tag) with { Ask = ["If-None-Match: \"v1\""], Status = 304 }, Then("hit"));
    }

    private static IEnumerable<CacheCase> Vary()
    {
        yield return new("vary", "the same header is the same object", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1"] }, Then("hit", 0, "Foo: 1"));
        yield return new("vary", "another header is another; CloudFront goes by its key", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1"] }, Then("fetched/hit", 0, "Foo: 2"));
        yield return new("vary", "no header is another", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1"] }, Then("fetched/hit"));
        yield return new("vary", "a header where there was none", First("Cache-Control: max-age=60", "Vary: Foo"), Then("fetched/hit", 0, "Foo: 1"));
        yield return new("vary", "two variants live side by side", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1"] }, Then("fetched/hit", 0, "Foo: 2") with { Answer = ["Cache-Control: max-age=60", "Vary: Foo"] }, Then("hit", 0, "Foo: 1"), Then("hit", 0, "Foo: 2"));
        yield return new("vary", "other headers do not count", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1", "Bar: 1"] }, Then("hit", 0, "Foo: 1", "Bar: 2"));
        yield return new("vary", "two headers, one unlike", First("Cache-Control: max-age=60", "Vary: Foo, Bar") with { Ask = ["Foo: 1", "Bar: 1"] }, Then("fetched/hit", 0, "Foo: 1", "Bar: 2"));
        yield return new("vary", "two headers alike", First("Cache-Control: max-age=60", "Vary: Foo, Bar") with { Ask = ["Foo: 1", "Bar: 1"] }, Then("hit", 0, "Bar: 1", "Foo: 1"));
        yield return new("vary", "names in any case", First("Cache-Control: max-age=60", "Vary: FOO") with { Ask = ["foo: 1"] }, Then("hit", 0, "Foo: 1"));
        yield return new("vary", "the star is never reused", First("Cache-Control: max-age=60", "Vary: *"), Then("fetched"));
        yield return new("vary", "the star in a list", First("Cache-Control: max-age=60", "Vary: Foo, *"), Then("fetched"));
        yield return new("vary", "the star on a line of its own", First("Cache-Control: max-age=60", "Vary: Foo", "Vary: *"), Then("fetched"));
        yield return new("vary", "blanks in values do not count", First("Cache-Control: max-age=60", "Vary: Foo") with { Ask = ["Foo: 1, 2"] }, Then("hit", 0, "Foo: 1,2"));
        yield return new("vary", "a variant is revalidated by its own tag", First("Cache-Control: max-age=1", "Vary: Foo", Tag) with { Ask = ["Foo: 1"] }, Then("validated", 2, "Foo: 1"));
        yield return new("vary", "CloudFront takes names outside its key away", First("Cache-Control: max-age=60", "Vary: Foo"), Then("hit") with { Sees = ["Vary: Foo/!Vary"] });
    }

    private static IEnumerable<CacheCase> Statuses()
    {
        foreach (var status in (int[])[200, 203, 204, 301, 302, 307, 308])
            yield return new("status", $"{status} with a lifetime", First($":status {status}", "Location: /x", "Cache-Control: max-age=60"), Then("hit", 30) with { Status = status }, Then("fetched", 31));
        foreach (var status in (int[])[299, 303])
            yield return new("status", $"{status} with a lifetime; CloudFront does not keep it", First($":status {status}", "Location: /x", "Cache-Control: max-age=60"), Then("hit/fetched", 30));
        foreach (var status in (int[])[400, 403, 404, 405, 414, 500, 501, 502, 503, 504])
            yield return new("status", $"error {status} with a lifetime", First($":status {status}", "Cache-Control: max-age=60"), Then("hit", 30) with { Status = status }, Then("fetched", 31));
        foreach (var status in (int[])[500, 502, 503, 504])
            yield return new("status", $"error {status} without a word: CloudFront keeps it 10 seconds", First($":status {status}"), Then("fetched/hit", 9) with { Answer = [$":status {status}"] }, Then("fetched", 11));
        foreach (var status in (int[])[400, 403])
            yield return new("status", $"error {status} without a word is not kept", First($":status {status}"), Then("fetched", 1));
        yield return new("status", "416 is never kept by CloudFront", First(":status 416", "Cache-Control: max-age=60"), Then("hit/fetched", 1));
        yield return new("status", "a redirect keeps its Location", First(":status 301", "Location: /y", "Cache-Control: max-age=60"), Then("hit") with { Sees = ["Location: /y"] });
    }

    private static IEnumerable<CacheCase> Ranges()
    {
        const string Body = ":body 0123456789";
        yield return new("ranges", "a kept object answers a range", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=2-4") with { Status = 206, Body = "234", Sees = ["Content-Range: bytes 2-4/10"] });
        yield return new("ranges", "an open range", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=7-") with { Status = 206, Body = "789" });
        yield return new("ranges", "a suffix", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=-3") with { Status = 206, Body = "789" });
        yield return new("ranges", "a suffix longer than the object", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=-30") with { Status = 206, Body = "0123456789" });
        yield return new("ranges", "an end beyond the object", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=8-99") with { Status = 206, Body = "89" });
        yield return new("ranges", "outside", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=10-") with { Status = 416, Sees = ["Content-Range: bytes */10"] });
        yield return new("ranges", "several are the whole", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=0-1,3-4") with { Status = 200, Body = "0123456789" });
        yield return new("ranges", "another unit is the whole", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: lines=1-2") with { Status = 200 });
        yield return new("ranges", "backwards is the whole", First("Cache-Control: max-age=60", Body), Then("hit", 0, "Range: bytes=5-2") with { Status = 200 });
        yield return new("ranges", "If-Range with the tag", First("Cache-Control: max-age=60", Tag, Body), Then("hit", 0, "Range: bytes=0-1", "If-Range: \"v1\"") with { Status = 206 });
        yield return new("ranges", "If-Range with another tag", First("Cache-Control: max-age=60", Tag, Body), Then("hit", 0, "Range: bytes=0-1", "If-Range: \"v0\"") with { Status = 200 });
        yield return new("ranges", "If-Range with a weak tag is the whole", First("Cache-Control: max-age=60", "ETag: W/\"v1\"", Body), Then("hit", 0, "Range: bytes=0-1", "If-Range: W/\"v1\"") with { Status = 200 });
        yield return new("ranges", "an unknown object: the origin is asked for the part", new CacheStep("fetched", [":status 206", "Content-Range: bytes 0-4/10", "Cache-Control: max-age=60", ":body 01234"]) { Ask = ["Range: bytes=0-4"], Status = 206, Body = "01234" }, Then("hit", 0, "Range: bytes=0-4") with { Status = 206, Body = "01234" });
        yield return new("ranges", "a kept part is not the whole", new CacheStep("fetched", [":status 206", "Content-Range: bytes 0-4/10", "Cache-Control: max-age=60", ":body 01234"]) { Ask = ["Range: bytes=0-4"] }, Then("fetched") with { Answer = [Body], Body = "0123456789", Status = 200 });
        yield return new("ranges", "a 206 for the whole is not kept", First(":status 206", "Content-Range: bytes 0-4/10", "Cache-Control: max-age=60", ":body 01234"), Then("fetched"));
        yield return new("ranges", "an origin without ranges gives the whole, which is kept", new CacheStep("fetched", ["Cache-Control: max-age=60", Body]) { Ask = ["Range: bytes=0-4"], Status = 206, Body = "01234" }, Then("hit") with { Body = "0123456789", Status = 200 });
    }

    private static IEnumerable<CacheCase> Methods()
    {
        foreach (var method in (string[])["POST", "PUT", "DELETE", "PATCH"])
        {
            yield return new("methods", $"{method} is passed on", First("Cache-Control: max-age=60") with { Method = method }, Then("fetched") with { Method = method });
            yield return new("invalidation", $"{method} makes the URL stale; CloudFront does not do so", First("Cache-Control: max-age=600"), Then("fetched") with { Method = method }, Then("fetched/hit"));
            yield return new("invalidation", $"{method} that fails does not", First("Cache-Control: max-age=600"), Then("fetched") with { Method = method, Answer = [":status 500"] }, Then("hit"));
        }

        yield return new("methods", "HEAD is answered from a kept GET", First("Cache-Control: max-age=60", ":body hello"), Then("hit") with { Method = "HEAD", Body = "", Sees = ["Content-Length: 5"] });
        yield return new("methods", "GET is answered after a HEAD", First("Cache-Control: max-age=60", ":body hello") with { Method = "HEAD" }, Then("hit") with { Body = "hello" });
        yield return new("methods", "OPTIONS is not kept where it is not among the cached methods", First("Cache-Control: max-age=60") with { Method = "OPTIONS" }, Then("fetched") with { Method = "OPTIONS" });
        yield return new("methods", "an unknown method; CloudFront refuses it", new CacheStep("fetched/hit", []) { Method = "M-SEARCH" });
    }

    private static IEnumerable<CacheCase> Headers()
    {
        foreach (var name in (string[])["X-Test", "Content-Foo", "Content-Language", "Content-Location", "Content-Security-Policy", "Link", "X-Frame-Options", "Clear-Site-Data"])
            yield return new("headers", $"{name} is kept", First($"{name}: abc", "Cache-Control: max-age=60"), Then("hit") with { Sees = [$"{name}: abc"] });
        foreach (var name in (string[])["Proxy-Authenticate", "Proxy-Connection", "Proxy-Authentication-Info", "Keep-Alive"])
            yield return new("headers", $"{name} is not", First($"{name}: abc", "Cache-Control: max-age=60"), Then("hit") with { Sees = ["!" + name] });
        yield return new("headers", "what Connection names is not kept", First("Connection: X-A, X-B", "X-A: 1", "X-B: 2", "X-C: 3", "Cache-Control: max-age=60"), Then("hit") with { Sees = ["!X-A", "!X-B", "X-C: 3"] });
        yield return new("headers", "Date stays the origin's (and is an age by RFC 9111)", First("Date: Wed, 01 Jan 2020 00:00:00 GMT", "Cache-Control: max-age=60"), Then("fetched/hit", 5) with { Sees = ["Date: Wed, 01 Jan 2020 00:00:00 GMT"] });
        yield return new("headers", "Set-Cookie: RFC 9111 keeps it, Galley as CloudFront does not give it to a second viewer", First("Set-Cookie: a=1", "Cache-Control: max-age=60"), Then("hit/fetched"));
    }

    private static IEnumerable<CacheCase> Stale()
    {
        yield return new("stale", "an origin that fails leaves the old object", First("Cache-Control: max-age=1"), Then("fetched", 2) with { Answer = [":status 503"], Status = 200 });
        yield return new("stale", "an origin that hangs up too", First("Cache-Control: max-age=1"), Then("fetched", 2) with { Answer = [":abort"], Status = 200 });
        foreach (var word in (string[])["must-revalidate", "proxy-revalidate", "no-cache"])
            yield return new("stale", $"not with {word}", First($"Cache-Control: max-age=1, {word}"), Then("fetched", 2) with { Answer = [":abort"], Status = 502 });
        yield return new("stale", "s-maxage forbids it by RFC 9111", First("Cache-Control: s-maxage=1"), Then("fetched", 2) with { Answer = [":status 503"] });
        yield return new("stale", "stale-if-error within its time", First("Cache-Control: max-age=1, stale-if-error=60"), Then("fetched", 2) with { Answer = [":status 500"], Status = 200 });
        yield return new("stale", "stale-if-error beyond it", First("Cache-Control: max-age=1, stale-if-error=60"), Then("fetched", 62) with { Answer = [":status 500"], Status = 500 });
        yield return new("stale", "a 404 is an answer, not a failure", First("Cache-Control: max-age=1"), Then("fetched", 2) with { Answer = [":status 404"], Status = 404 });
        yield return new("stale", "stale-while-revalidate gives the old one at once", First("Cache-Control: max-age=1, stale-while-revalidate=60"), Then("renewing", 2) with { Answer = ["Cache-Control: max-age=60"] });
        yield return new("stale", "stale-while-revalidate is over", First("Cache-Control: max-age=1, stale-while-revalidate=5", Tag), Then("validated", 7));
    }

    private static IEnumerable<CacheCase> Keys()
    {
        yield return new("keys", "another query is another object", First("Cache-Control: max-age=60"), new CacheStep("fetched", []) { Ask = ["?a=1"] });
        yield return new("keys", "the same query is the same", new CacheStep("fetched", ["Cache-Control: max-age=60"]) { Ask = ["?a=1"] }, new CacheStep("hit", []) { Ask = ["?a=1"] });
        yield return new("keys", "the order of a query counts", new CacheStep("fetched", ["Cache-Control: max-age=60"]) { Ask = ["?a=1&b=2"] }, new CacheStep("fetched", []) { Ask = ["?b=2&a=1"] });
        yield return new("keys", "cookies outside the key do not count", First("Cache-Control: max-age=60") with { Ask = ["Cookie: a=1"] }, Then("hit", 0, "Cookie: a=2"));
    }
}
