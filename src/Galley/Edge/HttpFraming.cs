using System.Buffers;
using System.Globalization;

namespace Galley.Edge;

/// <summary>
/// Where one HTTP/1 request ends and the next begins, read strictly (RFC 9112): whatever two parsers could read in two ways is refused.
/// Bytes are approved as they come; the end of a head only when the whole head is good. Everything else about a request is Kestrel's to judge.
/// </summary>
internal sealed class HttpFraming
{
    private const byte Cr = (byte)'\r', Lf = (byte)'\n';
    private const int LongestLine = 64 << 10, LongestChunkLine = 4 << 10;
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n\0"u8);

    /// <summary>RFC 9110 §5.6.2.</summary>
    private static readonly SearchValues<byte> TokenLetters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private readonly ArrayBufferWriter<byte> _begun = new(256);
    private Part _part;
    private bool _expectLf, _old, _chunked;
    private long _left = -1;

    private enum Part
    {
        RequestLine,
        Fields,
        Body,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailers,
        Over,
    }

    /// <summary>What is wrong with the request, in words for the log and the trail; null while nothing is.</summary>
    public string? Problem { get; private set; }

    public int ProblemStatus { get; private set; } = 400;

    /// <summary>Whether the request is whole; the next call of <see cref="Approve"/> begins another.</summary>
    public bool IsOver => _part == Part.Over;

    /// <summary>How many of these bytes belong to the request and may be read. Stops where it ends, and where it goes wrong.</summary>
    public int Approve(ReadOnlySpan<byte> bytes)
    {
        if (_part == Part.Over) Begin();
        var at = 0;
        while (at < bytes.Length && _part != Part.Over)
        {
            var rest = bytes[at..];
            var taken = _part is Part.Body or Part.ChunkData ? Data(rest.Length) : Line(rest);
            if (Problem is not null) return at;
            at += taken;
        }

        return at;
    }

    private void Begin()
    {
        (_part, _left, _chunked, _old) = (Part.RequestLine, -1, false, false);
    }

    private int Data(int available)
    {
        var taken = (int)Math.Min(available, _left);
        _left -= taken;
        if (_left == 0) _part = _part == Part.Body ? Part.Over : Part.ChunkEnd;
        return taken;
    }

    /// <summary>A line or its beginning. RFC 9112 §2.2 lets a server take a bare LF for a line's end, and the next server need not; so none is taken.</summary>
    private int Line(ReadOnlySpan<byte> bytes)
    {
        if (_expectLf)
        {
            if (bytes[0] != Lf) return Refuse("a carriage return without a line feed");
            _expectLf = false;
            EndLine(_begun.WrittenSpan);
            _begun.ResetWrittenCount();
            return 1;
        }

        var at = bytes.IndexOfAny(LineEnds);
        if (at < 0) return Keep(bytes);
        if (bytes[at] != Cr) return Refuse(bytes[at] == Lf ? "a line that ends with a bare line feed" : "a zero byte");
        if (at + 1 == bytes.Length)
        {
            _expectLf = true;
            Keep(bytes[..at]);
            return bytes.Length;
        }

        if (bytes[at + 1] != Lf) return Refuse("a carriage return without a line feed");
        if (_begun.WrittenCount == 0)
            EndLine(bytes[..at]);
        else
        {
            Keep(bytes[..at]);
            if (Problem is null) EndLine(_begun.WrittenSpan);
            _begun.ResetWrittenCount();
        }

        return at + 2;
    }

    private int Keep(ReadOnlySpan<byte> part)
    {
        var longest = _part is Part.RequestLine or Part.Fields or Part.Trailers ? LongestLine : LongestChunkLine;
        if (_begun.WrittenCount + part.Length > longest) return Refuse("a line that is too long", _part == Part.Fields ? 431 : 400);
        _begun.Write(part);
        return part.Length;
    }

    private void EndLine(ReadOnlySpan<byte> line)
    {
        switch (_part)
        {
            case Part.RequestLine:
                RequestLine(line);
                break;
            case Part.Fields:
                if (line.Length == 0) EndHead();
                else Field(line);
                break;
            case Part.ChunkSize:
                ChunkSize(line);
                break;
            case Part.ChunkEnd:
                if (line.Length > 0) Refuse("a chunk that is longer than it says");
                _part = Part.ChunkSize;
                break;
            default:
                if (line.Length == 0) _part = Part.Over;
                break;
        }
    }

    private void RequestLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("TRACE "u8)) Refuse("the method TRACE", 405);
        else if (line.StartsWith("CONNECT "u8)) Refuse("the method CONNECT, which only begins a connection", 405);
        _old = line.EndsWith("HTTP/1.0"u8);
        _part = Part.Fields;
    }

    private void Field(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf((byte)':') is not (> 0 and var colon) || line[..colon].ContainsAnyExcept(TokenLetters)) Refuse("a header whose name is none, or that folds the one before");
        switch (line[0])
        {
            case (byte)'c' or (byte)'C' when Is(line, "content-length:"u8):
                ContentLength(Trim(line["content-length:".Length..]));
                break;
            case (byte)'t' or (byte)'T' when Is(line, "transfer-encoding:"u8):
                if (_old) Refuse("Transfer-Encoding in HTTP/1.0");
                else if (_chunked || !Is(Trim(line["transfer-encoding:".Length..]), "chunked"u8, whole: true)) Refuse("a Transfer-Encoding that is not `chunked` once");
                else if (_left >= 0) Refuse("Content-Length together with Transfer-Encoding");
                _chunked = true;
                break;
        }
    }

    private void ContentLength(ReadOnlySpan<byte> value)
    {
        if (_left >= 0) Refuse("two lengths");
        else if (_chunked) Refuse("Content-Length together with Transfer-Encoding");
        else if (value.Length is 0 or > 18 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) Refuse("a Content-Length that is not a number");
        else _left = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private void EndHead() => _part = _chunked ? Part.ChunkSize : _left > 0 ? Part.Body : Part.Over;

    /// <summary>RFC 9112 §7.1. Extensions are taken and mean nothing, as long as their line is one to everybody.</summary>
    private void ChunkSize(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny((byte)';', (byte)' ', (byte)'\t');
        var size = end < 0 ? line : line[..end];
        if (size.Length is 0 or > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left)) Refuse("a chunk size that is not a number");
        else _part = _left == 0 ? Part.Trailers : Part.ChunkData;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower, bool whole = false)
        => (whole ? text.Length == lower.Length : text.Length >= lower.Length) && System.Text.Ascii.EqualsIgnoreCase(text[..lower.Length], lower);

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    private int Refuse(string problem, int status = 400)
    {
        if (Problem is null) (Problem, ProblemStatus) = (problem, status);
        return 0;
    }
}
