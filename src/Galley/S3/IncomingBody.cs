using System.Globalization;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.S3;

/// <summary>
/// The bytes of a PUT as they come: plain or aws-chunked (signed or with an unsigned trailer), counted and check-summed on the way,
/// compared at the end with everything the client said about them. Reading starts here, which also answers `Expect: 100-continue`.
/// </summary>
internal sealed class IncomingBody : ReadOnlyBodyStream
{
    public const long MaxObject = 5L << 30;
    private readonly Stream _content;
    private readonly Func<string, string?> _trailer;
    private readonly S3Request _request;
    private readonly long? _expected;
    private readonly string _algorithm;
    private readonly bool _given;
    private readonly IRunningChecksum? _checksum;
    private long _count;

    private IncomingBody(S3Request request, long? limitless, Stream content, Func<string, string?> trailer, long? expected, bool headersAreOfBody)
    {
        (_request, _content, _trailer, _expected) = (request, content, trailer, expected);
        if (expected > (limitless ?? MaxObject)) throw Errors.EntityTooLarge();
        (_algorithm, _given) = headersAreOfBody ? AlgorithmOf(request) : ("CRC64NVME", false);
        _checksum = Checksums.Start(_algorithm);
    }

    /// <summary>The checksum of what was read: the client's, verified, or CRC64NVME of our own. Set by <see cref="Verify"/>.</summary>
    public ObjectChecksum? Checksum { get; private set; }

    public string Algorithm => _algorithm;

    /// <summary>How many bytes there must be; null where the client need not say.</summary>
    public long? Announced => _expected;

    public static IncomingBody Open(S3Request request, bool needsLength = true, long? limit = null, bool headersAreOfBody = true)
    {
        var http = request.Http!.Request;
        if (SaidOfBody(request)?.StartsWith("STREAMING-", StringComparison.Ordinal) == true)
        {
            var chunks = (AwsChunkedStream)Open(request.Api!);
            return new IncomingBody(request, limit, chunks, chunks.Trailers.GetValueOrDefault, chunks.DecodedLength, headersAreOfBody);
        }

        if (http.ContentLength is null && needsLength) throw Errors.MissingContentLength();
        return new IncomingBody(request, limit, http.Body, _ => null, http.ContentLength, headersAreOfBody);
    }

    /// <summary>The file of a POST form, whose fields say about it what headers say of a PUT.</summary>
    public static IncomingBody OfForm(S3Request form, Stream file) => new(form, null, file, _ => null, null, headersAreOfBody: true);

    /// <summary>The whole of a small body (a configuration document), verified.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">For its cancellation.</param>
    /// <param name="limit">Most bytes taken.</param>
    /// <param name="headersAreOfBody">False for CompleteMultipartUpload, whose checksum headers are about the object.</param>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAll(S3Request request, Call call, int limit = 1 << 20, bool headersAreOfBody = true)
    {
        await using var body = Open(request, needsLength: false, limit, headersAreOfBody);
        using var copy = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await body.ReadAsync(buffer, call.Cancellation)) > 0;)
        {
            if (copy.Length + read > limit) throw Errors.EntityTooLarge();
            copy.Write(buffer, 0, read);
        }

        var bytes = copy.ToArray();
        body.Verify(new KeptBytes(bytes));
        return bytes;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await _content.ReadAsync(buffer, cancellationToken);
        }
        catch (BadHttpRequestException)
        {
            throw Errors.IncompleteBody();
        }

        if (read == 0 && buffer.Length > 0 && _expected is { } expected && expected != _count) throw Errors.IncompleteBody();
        _count += read;
        if (_expected is null && _count > MaxObject) throw Errors.EntityTooLarge();
        _checksum?.Append(buffer.Span[..read]);
        return read;
    }

    /// <summary>Compares what came with Content-MD5, x-amz-content-sha256 and the checksum header or trailer.</summary>
    public void Verify(KeptBytes kept)
    {
        // an empty one is ill-formed, too
        if ((_request.Fields is null ? _request.Api!.Header("Content-MD5") : _request.Header("Content-MD5")) is { } md5)
        {
            Span<byte> bytes = stackalloc byte[64];
            if (md5.Length > 64 || !Convert.TryFromBase64String(md5, bytes, out var count) || count != 16)
                throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.").With("Content-MD5", md5);
            if (Convert.ToHexStringLower(bytes[..16]) != kept.Md5)
                throw Errors.BadDigest("Content-MD5").With("ExpectedDigest", md5).With("CalculatedDigest", Convert.ToBase64String(Convert.FromHexString(kept.Md5)));
        }

        if (SaidOfBody(_request) is { Length: 64 } said && kept.Sha256 is var sha256 && !said.Equals(sha256, StringComparison.OrdinalIgnoreCase)) throw Errors.Sha256Mismatch(said, sha256);

        var computed = Checksums.Value(_checksum, kept);
        var header = Checksums.HeaderOf(_algorithm);
        if (_given)
        {
            var value = _request.Header(header) ?? _trailer(header) ?? throw Errors.InvalidRequest($"Value for {header} trailing header is invalid.");
            if (!Checksums.WellFormed(_algorithm, value)) throw Errors.InvalidRequest($"Value for {header} {(_request.Header(header) is null ? "trailing " : "")}header is invalid.");
            if (value != computed) throw Errors.BadDigest(_algorithm);
        }

        Checksum = new(_algorithm, computed, Checksums.FullObject);
    }

    /// <summary>The signed word or hash of the body; the blob's name is its SHA-256, so nothing is hashed twice.</summary>
    private static string? SaidOfBody(S3Request request) => request.Fields is not null ? null : request.Api!.Signature?.PayloadHash ?? request.Header("x-amz-content-sha256");

    /// <summary>Which checksum is due: the one in a header or announced as trailer, the one named, or CRC64NVME as S3 does by itself.</summary>
    private static (string Algorithm, bool Given) AlgorithmOf(S3Request request)
    {
        var said = Checksums.Algorithms.Where(algorithm => request.Header(Checksums.HeaderOf(algorithm)) is not null).ToList();
        foreach (var trailer in (request.Header("x-amz-trailer") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!trailer.StartsWith(Checksums.Header, StringComparison.OrdinalIgnoreCase) || Checksums.Known(trailer[Checksums.Header.Length..]) is not { } algorithm)
                throw Errors.InvalidRequest("The value specified in the x-amz-trailer header is not supported");
            said.Add(algorithm);
        }

        if (said.Count > 1) throw Errors.InvalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        var asked = request.Header("x-amz-sdk-checksum-algorithm") ?? request.Header("x-amz-checksum-algorithm");
        if (asked is not null && Checksums.Known(asked) is null)
            throw Errors.InvalidRequest("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
        return said.Count == 1 ? (said[0], true) : (Checksums.Known(asked) ?? "CRC64NVME", false);
    }
}
