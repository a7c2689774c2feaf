using System.IO.Compression;

namespace Galley.CloudFront.Serve;

/// <summary>Compression at the edge: AWS's content types, 1,000 to 10,000,000 bytes, not compressed already.</summary>
internal static class Compression
{
    public const int Least = 1000, Most = 10_000_000;

    private static readonly HashSet<string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        "application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript", "application/json", "application/opentype",
        "application/otf", "application/pdf", "application/pkcs7-mime", "application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
        "application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject", "application/wasm", "application/xhtml+xml", "application/xml",
        "application/x-font-opentype", "application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript", "application/x-mpegurl",
        "application/x-opentype", "application/x-otf", "application/x-perl", "application/x-ttf", "font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml",
        "text/css", "text/csv", "text/html", "text/javascript", "text/js", "text/plain", "text/richtext", "text/tab-separated-values", "text/xml", "text/x-component",
        "text/x-java-source", "text/x-script", "vnd.apple.mpegurl",
    };

    public static bool Suits(OriginAnswer answer)
        => answer.Length is null or (>= Least and <= Most) && answer.Status == 200 && answer.Header("Content-Encoding") is null
            && answer.Header("Content-Type") is { } type && Types.Contains(type.Split(';')[0].Trim());

    public static byte[] Compress(ReadOnlyMemory<byte> body, string encoding)
    {
        using var output = new MemoryStream();
        using (Stream compressor = encoding == "br" ? new BrotliStream(output, CompressionLevel.Optimal, leaveOpen: true) : new GZipStream(output, CompressionLevel.Optimal, leaveOpen: true))
            compressor.Write(body.Span);
        return output.ToArray();
    }
}
