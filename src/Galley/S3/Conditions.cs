using System.Globalization;
using Galley.Wire;

namespace Galley.S3;

/// <summary>If-Match and If-None-Match of writes; checked once before the body is read and again inside the write.</summary>
internal readonly record struct WriteConditions(string? IfMatch, bool IfAbsent)
{
    public bool Any => IfMatch is not null || IfAbsent;

    public static WriteConditions Read(S3Request request)
    {
        var none = request.Header("If-None-Match");
        if (none is not null and not "*") throw Errors.HeaderNotImplemented("If-None-Match").With("additionalMessage", "We don't accept the provided value of If-None-Match header for this API");
        var match = request.Header("If-Match");
        if (match == "*" && request.Method != "DELETE") throw Errors.HeaderNotImplemented("If-Match").With("additionalMessage", "We don't accept the provided value of If-Match header for this API");
        return new(match, none is not null);
    }

    public void Check(ObjectRecord? existing, string key)
    {
        if (existing is { DeleteMarker: true }) existing = null;
        if (IfAbsent && existing is not null) throw Errors.PreconditionFailed("If-None-Match");
        if (IfMatch is null) return;
        if (existing is null) throw Errors.NoSuchKey(key);
        if (!ReadConditions.Matches(IfMatch, existing.ETag)) throw Errors.PreconditionFailed("If-Match");
    }
}

/// <summary>Conditional requests on reads (RFC 9110 §13.2.2, as S3 answers them).</summary>
internal static class ReadConditions
{
    public static void Check(S3Request request, ObjectRecord found, string prefix = "")
    {
        var unmodified = Time(request.Header(prefix + "If-Unmodified-Since"));
        if (request.Header(prefix + "If-Match") is { } match)
        {
            if (!Matches(match, found.ETag)) throw Errors.PreconditionFailed(prefix + "If-Match");
        }
        else if (found.Modified > unmodified) throw Errors.PreconditionFailed(prefix + "If-Unmodified-Since");

        var copying = prefix.Length > 0;
        if (request.Header(prefix + "If-None-Match") is { } none)
        {
            if (Matches(none, found.ETag)) throw copying ? Errors.PreconditionFailed(prefix + "If-None-Match") : NotModified(found);
        }
        else if (found.Modified <= Time(request.Header(prefix + "If-Modified-Since")))
            throw copying ? Errors.PreconditionFailed(prefix + "If-Modified-Since") : NotModified(found);
    }

    public static bool Matches(string asked, string etag)
    {
        foreach (var one in asked.Split(',', StringSplitOptions.TrimEntries))
        {
            var bare = one.StartsWith("W/", StringComparison.Ordinal) ? one[2..] : one;
            if (bare == "*" || bare.Trim('"') == etag.Trim('"')) return true;
        }

        return false;
    }

    public static DateTimeOffset? Time(string? header)
        => DateTimeOffset.TryParse(header, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private static AwsError NotModified(ObjectRecord found)
    {
        var error = new AwsError("NotModified", "Not Modified", 304).WithHeader("ETag", found.ETag).WithHeader("Last-Modified", ObjectHeaders.Date(found.Modified));
        return found.Headers.TryGetValue("Cache-Control", out var cache) ? error.WithHeader("Cache-Control", cache) : error;
    }
}

/// <summary>Which bytes a read wants: one range, one part, or everything. What S3 cannot read as a single range is everything.</summary>
internal readonly record struct ByteRange(long From, long Length, bool Partial, int? Parts)
{
    public static ByteRange Read(S3Request request, ObjectRecord found)
    {
        if (request.Query("partNumber") is { } part) return OfPart(part, found);
        var whole = new ByteRange(0, found.Size, false, null);
        if (request.Header("Range") is not { } asked || !asked.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase)) return whole;
        if (request.Header("If-Range") is { } unless && !ReadConditions.Matches(unless, found.ETag) && ReadConditions.Time(unless) != found.Modified) return whole;
        if (asked[6..].Split('-', StringSplitOptions.TrimEntries) is not [var first, var last]) return whole;
        if (first.Length == 0)
            return !Number(last, out var suffix) ? whole
                : suffix == 0 || found.Size == 0 ? throw Errors.InvalidRange(asked, found.Size)
                : new(Math.Max(0, found.Size - suffix), Math.Min(suffix, found.Size), true, null);
        var end = long.MaxValue;
        if (!Number(first, out var start) || last.Length > 0 && !Number(last, out end) || end < start) return whole;
        if (start >= found.Size) throw Errors.InvalidRange(asked, found.Size);
        return new(start, Math.Min(end, found.Size - 1) - start + 1, true, null);
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static ByteRange OfPart(string part, ObjectRecord found)
    {
        var multipart = found.Multipart;
        var count = multipart ? found.Pieces.Count : 1;
        if (!Number(part, out var number) || number is < 1 or > 10_000) throw Errors.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", part);
        if (number > count) throw new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416).With("ActualPartCount", S3Xml.Text(count)).With("PartNumberRequested", part);
        if (!multipart) return new(0, found.Size, found.Size > 0, null);
        return new(found.Pieces.Take((int)number - 1).Sum(piece => piece.Length), found.Pieces[(int)number - 1].Length, true, count);
    }
}
