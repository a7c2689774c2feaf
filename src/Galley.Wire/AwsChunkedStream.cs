using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>
/// Reads an `aws-chunked` body (S3 uploads of unknown length or with trailing checksums): gives the data alone and verifies each
/// chunk's signature and the trailer's, each built upon the one before. What is wrong throws <see cref="AwsError"/> before the end is reached,
/// so a reader must keep nothing until it has seen the end.
/// </summary>
public sealed class AwsChunkedStream : ReadOnlyBodyStream
{
    internal const string Signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", SignedWithTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", UnsignedWithTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    private const int MaxLine = 1024, MaxTrailers = 16;
    private readonly Stream _body;
    private readonly RequestSignature? _verify;
    private readonly bool _signed, _trailer;
    private readonly long _expectedLength;
    private readonly string[] _announced;
    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly Dictionary<string, string> _trailers = new(StringComparer.OrdinalIgnoreCase);
    private readonly IncrementalHash? _hash;
    private int _start, _end;
    private long _left, _total;
    private string _previous, _given = "";
    private bool _done;

    private AwsChunkedStream(ApiRequest request, string mode, long length)
    {
        _body = request.Http.Request.Body;
        _signed = mode is Signed or SignedWithTrailer;
        _trailer = mode is SignedWithTrailer or UnsignedWithTrailer;
        if (_signed && request.Signature is null) throw new AwsError("AccessDenied", "Access Denied", 403);
        _verify = _signed && request.Signature is { Unchecked: false } signature ? signature : null;
        _hash = _verify is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _previous = _verify?.Seed ?? "";
        _expectedLength = length;
        _announced = request.Header("x-amz-trailer")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
    }

    /// <summary>The trailing headers without their signature; complete once the end has been read.</summary>
    public IReadOnlyDictionary<string, string> Trailers => _trailers;

    /// <summary>Bytes of data, as `x-amz-decoded-content-length` says.</summary>
    public long DecodedLength => _expectedLength;

    internal static bool IsMode(string? payloadHash) => payloadHash is Signed or SignedWithTrailer or UnsignedWithTrailer;

    internal static AwsChunkedStream Open(ApiRequest request, string mode)
        => long.TryParse(request.Header("x-amz-decoded-content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? new AwsChunkedStream(request, mode, length)
            : throw new AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_done || buffer.Length == 0) return 0;
        if (_left == 0 && !await NextChunk(cancellationToken)) return 0;
        if (_start == _end) await Fill(cancellationToken);
        var count = (int)Math.Min(Math.Min(_left, _end - _start), buffer.Length);
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        _hash?.AppendData(_buffer, _start, count);
        _start += count;
        _left -= count;
        _total += count;
        // The last bytes of a chunk are given out only when its signature is right.
        if (_left == 0) await EndChunk(cancellationToken);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _hash?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>False when the last, empty chunk and the trailers have been read.</summary>
    private async ValueTask<bool> NextChunk(CancellationToken cancel)
    {
        var line = await Line(cancel);
        var mark = line.IndexOf(';', StringComparison.Ordinal);
        var size = mark < 0 ? line : line[..mark];
        if (size.Length is 0 or > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left)) throw Incomplete();
        const string Extension = ";chunk-signature=";
        if (_signed != mark >= 0 || mark >= 0 && !line.AsSpan(mark).StartsWith(Extension)) throw _signed ? Mismatch() : Incomplete();
        _given = mark < 0 ? "" : line[(mark + Extension.Length)..];
        if (_left > _expectedLength - _total) throw Incomplete();
        if (_left > 0) return true;

        Verify("PAYLOAD", [SigV4.EmptyPayload, ChunkHash()], _given);
        await ReadTrailers(cancel);
        if (_total != _expectedLength) throw Incomplete();
        _done = true;
        return false;
    }

    private async ValueTask EndChunk(CancellationToken cancel)
    {
        if ((await Line(cancel)).Length > 0) throw Incomplete();
        Verify("PAYLOAD", [SigV4.EmptyPayload, ChunkHash()], _given);
    }

    private async ValueTask ReadTrailers(CancellationToken cancel)
    {
        var canonical = new StringBuilder();
        string? signature = null;
        for (string line; (line = await Line(cancel)).Length > 0;)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || signature is not null || !_trailer || _trailers.Count == MaxTrailers) throw MalformedTrailer();
            string name = line[..colon].Trim().ToLowerInvariant(), value = line[(colon + 1)..].Trim();
            if (name == "x-amz-trailer-signature") signature = value;
            else if (_trailers.TryAdd(name, value)) canonical.Append(name).Append(':').Append(value).Append('\n');
            else throw MalformedTrailer();
        }

        if (_trailers.Count != _announced.Length || !_announced.All(_trailers.ContainsKey)) throw MalformedTrailer();
        if (!_signed && signature is not null) throw Mismatch();
        if (_signed && _trailer) Verify("TRAILER", [SigV4.Sha256(Encoding.UTF8.GetBytes(canonical.ToString()))], signature ?? "");
    }

    private void Verify(string what, ReadOnlySpan<string> hashes, string given)
    {
        if (_verify is null) return;
        var stringToSign = $"{SigV4.Algorithm}-{what}\n{_verify.Timestamp}\n{_verify.Credential.Scope}\n{_previous}\n{string.Join('\n', hashes)}";
        if (!SigV4.Matches(_verify.SigningKey, stringToSign, given)) throw Mismatch();
        _previous = given;
    }

    private string ChunkHash() => _hash is null ? "" : Convert.ToHexStringLower(_hash.GetHashAndReset());

    private async ValueTask<string> Line(CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end) await Fill(cancel);
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var upTo = at < 0 ? _end : _start + at + 1;
            line.Append(Encoding.Latin1.GetString(_buffer, _start, upTo - _start));
            _start = upTo;
            if (line.Length > MaxLine) throw Incomplete();
            if (at < 0) continue;
            return line.Length >= 2 && line[^2] == '\r' ? line.ToString(0, line.Length - 2) : throw Incomplete();
        }
    }

    private async ValueTask Fill(CancellationToken cancel)
    {
        _start = 0;
        _end = await _body.ReadAsync(_buffer, cancel);
        if (_end == 0) throw Incomplete();
    }

    private static AwsError Incomplete() => new("IncompleteBody", "The request body terminated unexpectedly");

    private static AwsError MalformedTrailer() => new("MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to our published schema.");

    private static AwsError Mismatch() => new("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", 403);
}
