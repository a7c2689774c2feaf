using System.Globalization;
using Galley.Wire;

namespace Galley.S3;

/// <summary>GetObjectAttributes: what is known of an object, without its bytes.</summary>
internal sealed class Attributes(Objects objects)
{
    private const int MaxParts = 1000;
    private static readonly string[] Known = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

    public async ValueTask<Reply> GetObjectAttributes(S3Request request, Call call)
    {
        var asked = (request.Header("x-amz-object-attributes") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (asked.Length == 0) throw Errors.InvalidArgument("The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty", "x-amz-object-attributes", "");
        if (Array.Find(asked, name => !Known.Contains(name)) is { } unknown) throw Errors.InvalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", unknown);
        var found = await objects.Find(request, call);
        var record = found.Record;
        var reply = S3Xml.Answer("GetObjectAttributesResponse", writer =>
        {
            if (asked.Contains("ETag")) writer.Element("ETag", record.ETag.Trim('"'));
            if (asked.Contains("Checksum") && record.Checksum is { } checksum)
                writer.Element("Checksum", () =>
                {
                    writer.Element("Checksum" + checksum.Algorithm, checksum.Value.Split('-')[0]);
                    writer.Element("ChecksumType", checksum.Type);
                });
            if (asked.Contains("ObjectParts") && record.Multipart) Parts(writer, request, record);
            if (asked.Contains("StorageClass")) writer.Element("StorageClass", record.StorageClass ?? "STANDARD");
            if (asked.Contains("ObjectSize")) writer.Element("ObjectSize", S3Xml.Text(record.Size));
        });
        return ObjectHeaders.WithVersion(reply, found).With("Last-Modified", ObjectHeaders.Date(record.Modified));
    }

    /// <summary>The single parts are told only where the upload gave them checksums.</summary>
    private static void Parts(System.Xml.XmlWriter writer, S3Request request, ObjectRecord record) => writer.Element("ObjectParts", () =>
    {
        writer.Element("PartsCount", S3Xml.Text(record.Pieces.Count));
        if (record.Pieces[0].Checksum is null || record.Checksum is not { } checksum) return;
        int after = Number(request.Header("x-amz-part-number-marker"), 0), max = Number(request.Header("x-amz-max-parts"), MaxParts);
        var page = record.Pieces.Select((piece, at) => (Piece: piece, Number: at + 1)).Where(part => part.Number > after).Take(max).ToList();
        writer.Element("PartNumberMarker", S3Xml.Text(after));
        writer.Element("NextPartNumberMarker", S3Xml.Text(page.Count > 0 ? page[^1].Number : after));
        writer.Element("MaxParts", S3Xml.Text(max));
        writer.Element("IsTruncated", S3Xml.Text(page.Count > 0 && page[^1].Number < record.Pieces.Count));
        foreach (var (piece, number) in page)
            writer.Element("Part", () =>
            {
                writer.Element("PartNumber", S3Xml.Text(number));
                writer.Element("Size", S3Xml.Text(piece.Length));
                writer.Element("Checksum" + checksum.Algorithm, piece.Checksum);
            });
    });

    private static int Number(string? text, int otherwise) => text is null ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Errors.InvalidArgument("Argument must be an integer", "x-amz-max-parts", text);
}
