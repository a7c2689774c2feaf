using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Galley.Wire;

/// <summary>
/// The canonical request of Signature Version 4, made from the path and query as they came over the wire. S3 signs its path as sent;
/// every other service normalises it and encodes it once more.
/// </summary>
internal sealed class CanonicalRequest : IDisposable
{
    private static readonly SearchValues<byte> Unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(2048);
    private int _length;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public static CanonicalRequest Write(ApiRequest request, SignedParts parts, bool asSent, string payloadHash)
    {
        var headers = request.Http.Request.Headers;
        return Write(request.Method, request.RawPath, request.RawQuery, name => headers[name], parts.SignedHeaders, asSent, parts.FromQuery, payloadHash);
    }

    /// <param name="method">`GET`</param>
    /// <param name="rawPath">As sent.</param>
    /// <param name="rawQuery">As sent, without `?`.</param>
    /// <param name="header">The values of a header.</param>
    /// <param name="signedHeaders">`host;x-amz-date`</param>
    /// <param name="asSent">S3's rules.</param>
    /// <param name="withoutSignature">Leaves the signature itself out of the query.</param>
    /// <param name="payloadHash">The last line.</param>
    public static CanonicalRequest Write(
        string method, string rawPath, string rawQuery, Func<string, StringValues> header, SignedHeaders signedHeaders, bool asSent, bool withoutSignature, string payloadHash)
    {
        var canonical = new CanonicalRequest();
        canonical.Text(method);
        canonical.Byte('\n');
        if (asSent) canonical.Encode(rawPath, keepSlash: true, keepPercent: true);
        else canonical.Encode(Normalise(rawPath), keepSlash: true, keepPercent: false);
        canonical.Byte('\n');
        canonical.Query(rawQuery, withoutSignature);
        canonical.Byte('\n');
        canonical.Headers(header, signedHeaders.Names);
        canonical.Byte('\n');
        canonical.Text(signedHeaders.Text);
        canonical.Byte('\n');
        canonical.Text(payloadHash);
        return canonical;
    }

    /// <summary>`/a//b/../c` → `/a/c`; a slash at the end stays.</summary>
    private static string Normalise(string path)
    {
        if (!path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal)) return path.Length == 0 ? "/" : path;
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
            if (segment == "..")
            {
                if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
            }
            else if (segment is not ("" or "."))
            {
                kept.Add(segment);
            }

        var slash = kept.Count > 0 && (path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal) || path.EndsWith("/..", StringComparison.Ordinal));
        return "/" + string.Join('/', kept) + (slash ? "/" : "");
    }

    private void Query(string raw, bool withoutSignature)
    {
        if (raw.Length == 0) return;
        var pairs = new List<(string Name, string Value)>();
        foreach (var part in raw.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            var name = Encoded(at < 0 ? part : part[..at]);
            if (withoutSignature && name == "X-Amz-Signature") continue;
            pairs.Add((name, at < 0 ? "" : Encoded(part[(at + 1)..])));
        }

        pairs.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : string.CompareOrdinal(a.Value, b.Value));
        for (var i = 0; i < pairs.Count; i++)
        {
            if (i > 0) Byte('&');
            Text(pairs[i].Name);
            Byte('=');
            Text(pairs[i].Value);
        }
    }

    private static string Encoded(string text)
    {
        if (text.AsSpan().IndexOfAnyExcept(QuerySafe) < 0) return text;
        using var encoded = new CanonicalRequest();
        encoded.Encode(text, keepSlash: false, keepPercent: true);
        return encoded.ToString();
    }

    private static readonly SearchValues<char> QuerySafe = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    private void Headers(Func<string, StringValues> header, string[] signed)
    {
        foreach (var name in signed)
        {
            Text(name);
            Byte(':');
            var values = header(name);
            for (var i = 0; i < values.Count; i++)
            {
                if (i > 0) Byte(',');
                HeaderValue(values[i]);
            }

            Byte('\n');
        }
    }

    /// <summary>Trimmed, inner runs of spaces as one.</summary>
    private void HeaderValue(ReadOnlySpan<char> value)
    {
        value = value.Trim(" \t");
        for (var run = value.IndexOf("  ", StringComparison.Ordinal); run >= 0; run = value.IndexOf("  ", StringComparison.Ordinal))
        {
            Text(value[..(run + 1)]);
            value = value[run..].TrimStart(' ');
        }

        Text(value);
    }

    /// <param name="text">A piece of the raw target.</param>
    /// <param name="keepSlash">In paths.</param>
    /// <param name="keepPercent">What is percent-encoded already stays as it was sent.</param>
    private void Encode(string text, bool keepSlash, bool keepPercent)
    {
        Span<byte> bytes = text.Length <= 256 ? stackalloc byte[text.Length * 3] : new byte[text.Length * 3];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (Unreserved.Contains(b) || keepSlash && b == '/'
                || keepPercent && b == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                Byte((char)b);
                continue;
            }

            Byte('%');
            Byte("0123456789ABCDEF"[b >> 4]);
            Byte("0123456789ABCDEF"[b & 15]);
        }
    }

    private void Byte(char ascii)
    {
        if (_length == _buffer.Length) Grow(1);
        _buffer[_length++] = (byte)ascii;
    }

    private void Text(ReadOnlySpan<char> text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_buffer.Length - _length < most) Grow(most);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    private void Grow(int room)
    {
        var larger = ArrayPool<byte>.Shared.Rent((_length + room) * 2);
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
