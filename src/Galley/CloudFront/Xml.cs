using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>CloudFront's XML: read without DTDs, kept without a namespace, answered in the namespace of the API version.</summary>
internal static class Xml
{
    private const int MaxDepth = 32;
    private static readonly XNamespace Namespace = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

    /// <summary>The root element without namespaces. Throws MalformedXML.</summary>
    public static XElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Bare(BoundedXml.Load(body), 0);
        }
        catch (XmlException)
        {
            throw Errors.MalformedXml();
        }
    }

    /// <summary>A stored element.</summary>
    public static XElement Stored(string xml) => XElement.Parse(xml);

    public static string Text(XElement element) => element.ToString(SaveOptions.DisableFormatting);

    public static Reply Answer(int status, XElement root)
    {
        using var body = new MemoryStream();
        using (var writer = XmlWriter.Create(body, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false }))
            Qualified(root).WriteTo(writer);
        return new Reply(status) { Body = body.ToArray() }.With("Content-Type", "text/xml");
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>`Quantity` and, when there are any, `Items`.</summary>
    public static IEnumerable<XElement> Items(IReadOnlyCollection<XElement> items)
    {
        yield return new XElement("Quantity", items.Count);
        if (items.Count > 0) yield return new XElement("Items", items);
    }

    private static XElement Bare(XElement element, int depth)
    {
        if (depth > MaxDepth) throw Errors.MalformedXml();
        var children = element.Elements().Select(child => Bare(child, depth + 1)).ToList();
        return children.Count > 0 ? new XElement(element.Name.LocalName, children) : new XElement(element.Name.LocalName, element.Value);
    }

    private static XElement Qualified(XElement element)
        => new(Namespace + element.Name.LocalName, element.HasElements ? element.Elements().Select(Qualified) : element.Value.Length == 0 ? null : element.Value);
}
