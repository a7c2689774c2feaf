using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Bodies compressed for the way, by gzip or deflate: requests that say so, and answers from 4 KiB on, where the client asks for it.</summary>
internal static class ContentCodings
{
    public const int LeastPacked = 4096;

    /// <summary>The body itself; null where it is longer than the limit. Like AWS, what cannot be unpacked is a failure of the server.</summary>
    public static ReadOnlyMemory<byte>? Unpack(string? coding, ReadOnlyMemory<byte> body, long limit)
    {
        // `amz-1.0` is what old SDKs said of plain JSON
        if (coding is null or "" or "identity" or "amz-1.0") return body;
        var deflated = coding.Equals("deflate", StringComparison.OrdinalIgnoreCase);
        if (!deflated && !coding.Equals("gzip", StringComparison.OrdinalIgnoreCase)) throw Unreadable();
        try
        {
            if (Unzip(body, deflated, limit) is not { } plain) return null;
            return (deflated ? IsWhole(body.Span, plain.Span) : IsWhole(body, plain.Length)) ? plain : throw Unreadable();
        }
        catch (InvalidDataException)
        {
            throw Unreadable();
        }
    }

    /// <summary>`gzip`, `deflate` or none, by the weights of RFC 9110; a weight that is none counts as 1.</summary>
    public static string? Wanted(string? accepted)
    {
        if (accepted is null) return null;
        (double Weight, int At) gzip = (-1, 0), deflate = (-1, 0), any = (-1, 0);
        var entries = accepted.Split(',');
        for (var i = 0; i < entries.Length; i++)
        {
            var parameters = entries[i].Split(';');
            var weight = WeightOf(parameters.AsSpan(1));
            switch (parameters[0].Trim().ToUpperInvariant())
            {
                case "GZIP" when weight > gzip.Weight: gzip = (weight, i); break;
                case "DEFLATE" when weight > deflate.Weight: deflate = (weight, i); break;
                case "*" when weight > any.Weight: any = (weight, int.MaxValue); break;
            }
        }

        // what is named goes before what only the star admits
        if (gzip.Weight < 0) gzip = any;
        if (deflate.Weight < 0) deflate = any;
        if (gzip.Weight <= 0 && deflate.Weight <= 0) return null;
        return deflate.Weight > gzip.Weight || deflate.Weight == gzip.Weight && deflate.At < gzip.At ? "deflate" : "gzip";
    }

    public static byte[] Pack(string coding, ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream();
        using (Stream packer = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest) : new ZLibStream(packed, CompressionLevel.Fastest)) packer.Write(body.Span);
        return packed.ToArray();
    }

    private static double WeightOf(ReadOnlySpan<string> parameters)
    {
        foreach (var parameter in parameters)
            if (parameter.Split('=') is [var name, var value] && name.Trim() == "q")
                return !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) ? 1 : Math.Clamp(weight, 0, 1);
        return 1;
    }

    private static ReadOnlyMemory<byte>? Unzip(ReadOnlyMemory<byte> body, bool deflated, long limit)
    {
        using var packed = new MemoryStream(body.ToArray());
        using Stream unpacker = deflated ? new ZLibStream(packed, CompressionMode.Decompress) : new GZipStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        Span<byte> some = stackalloc byte[16 << 10];
        for (int read; (read = unpacker.Read(some)) > 0;)
        {
            if (plain.Length + read > limit) return null;
            plain.Write(some[..read]);
        }

        return plain.GetBuffer().AsMemory(0, (int)plain.Length);
    }

    /// <summary>The stream does not miss an end that was cut off: each member closes with its length, the last one of several too.</summary>
    private static bool IsWhole(ReadOnlyMemory<byte> body, int length)
    {
        const int least = 18;
        if (body.Length < least) return false;
        var told = BinaryPrimitives.ReadUInt32LittleEndian(body.Span[^4..]);
        if (told == length) return true;
        ReadOnlySpan<byte> start = [0x1F, 0x8B, 0x08];
        var last = body.Span[1..].LastIndexOf(start) + 1;
        return last > 0 && body.Length - last >= least && Unzip(body[last..], deflated: false, length)?.Length == told;
    }

    /// <summary>What is deflated closes with a checksum of the whole, Adler-32 of RFC 1950. Unlike gzip it is one piece.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> body, ReadOnlySpan<byte> plain)
    {
        const uint modulus = 65521;
        const int least = 6;
        var (a, b) = (1u, 0u);
        foreach (var value in plain)
        {
            a = (a + value) % modulus;
            b = (b + a) % modulus;
        }

        return body.Length >= least && BinaryPrimitives.ReadUInt32BigEndian(body[^4..]) == (b << 16 | a);
    }

    private static AwsError Unreadable() => new("InternalServerError", "Internal server error", 500);
}
