using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace Galley.CloudFront.Serve;

/// <summary>`Range`: one range of bytes; several, or another unit, mean the whole object, as RFC 9110 §14.2 allows.</summary>
internal static class Ranges
{
    /// <summary>What a part that the origin cut is kept under, beside its object's key; null when the whole object is asked for.</summary>
    public static string? Key(IHeaderDictionary headers)
        => headers.IfRange.Count == 0 && Single(headers) is { } ? "\r" + headers.Range.ToString().Replace(" ", "", StringComparison.Ordinal) : null;

    public static Microsoft.Net.Http.Headers.RangeItemHeaderValue? Single(IHeaderDictionary headers)
        => new RequestHeaders(headers).Range is { Ranges.Count: 1 } range && range.Unit == "bytes" ? range.Ranges.First() : null;

    /// <summary>Offset and length of what is asked for; null for the whole; a length of -1 when the range lies outside.</summary>
    public static (long From, long Length)? Of(IHeaderDictionary headers, long length)
    {
        if (Single(headers) is not { } item) return null;
        var from = item.From ?? Math.Max(0, length - item.To!.Value);
        var to = item.From is null ? length - 1 : Math.Min(item.To ?? long.MaxValue, length - 1);
        return from >= length || item is { From: null, To: 0 } ? (0, -1) : (from, to - from + 1);
    }
}
