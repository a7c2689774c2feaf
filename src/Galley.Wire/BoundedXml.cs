using System.Xml;
using System.Xml.Linq;

namespace Galley.Wire;

/// <summary>
/// XML from outside: no DTD, so no entities; nothing fetched; and not deeper than any document of AWS's, because the platform's reader takes time
/// by the square of the depth (20,000 elements in each other a second, measured).
/// </summary>
public static class BoundedXml
{
    private const int MaxDepth = 64, MaxCharacters = 8 << 20;

    /// <summary>The root element, without comments, processing instructions and white space between elements. Throws <see cref="XmlException"/>.</summary>
    public static XElement Load(ReadOnlyMemory<byte> body)
    {
        var bytes = body.ToArray();
        using (var depth = Reader(bytes))
            while (depth.Read())
                if (depth.Depth > MaxDepth)
                    throw new XmlException("The document is too deep.");
        using var reader = Reader(bytes);
        return XElement.Load(reader);
    }

    private static XmlReader Reader(byte[] bytes) => XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxCharacters,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    });
}
